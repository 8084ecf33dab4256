"""Writes what the peer needs for a work: models.py GRAPH VISIBILITY MODEL TRAIN QUERIES FOLDER.

GRAPH is one of
  forward      the model as it is;
  other        another model of the same shape: the head negated;
  attribution  the model, then the shares of the contributors in its output, from every row of TRAIN;
  table        the same shares from one table for each contributor, as tribute's queries do.

Attribution is by the last layer's gradient dot product (tribute's method `tracin`). A row i of TRAIN
has the features h_i (its hidden activations and a one) and the residual d_i (one-hot of its label
less its softmax). A query with features h and residual r, its label being the returned class, has
  row score          s_i = <h_i, h> <d_i, r>
  contributor score  A_c = sum of s_i over the rows of c  =  h^T G_c r,  G_c = sum of h_i (x) d_i
  share              max(A_c, 0) / sum of max(A_c, 0)
The features and residuals of the rows (or the tables) are constants of the graph, computed here:
nothing that the peer proves says that they come from the rows, or from the model.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator


def read(path):
    with open(path, encoding="utf8", newline="") as file:
        rows = list(csv.reader(file))
    return rows[1:]


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


class Network:
    """A multilayer perceptron of Gemm and Relu."""

    def __init__(self, path):
        self.model = onnx.load(path)
        arrays = {i.name: numpy_helper.to_array(i) for i in self.model.graph.initializer}
        gemms = [node for node in self.model.graph.node if node.op_type == "Gemm"]
        self.layers = [(self.weight(node, arrays), arrays[node.input[2]]) for node in gemms]
        self.features = gemms[-1].input[0]
        self.input = self.model.graph.input[0].name
        self.logits = gemms[-1].output[0]

    @staticmethod
    def weight(node, arrays):
        flags = {attribute.name: attribute.i for attribute in node.attribute}
        weight = arrays[node.input[1]]
        return weight.T if flags.get("transB") else weight

    def run(self, inputs):
        """Features with a one behind, and logits."""
        hidden = inputs
        for weight, bias in self.layers[:-1]:
            hidden = np.maximum(hidden @ weight + bias, 0)
        weight, bias = self.layers[-1]
        return np.hstack([hidden, np.ones((len(hidden), 1))]), hidden @ weight + bias


class Graph:
    """Nodes and constants behind the network's."""

    def __init__(self, network):
        self.graph = network.model.graph
        self.features = network.features

    def constant(self, name, array, kind=np.float32):
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(array, kind), name))
        return name

    def node(self, operator, inputs, output, **attributes):
        self.graph.node.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def linear(self, name, matrix):
        """The features times a matrix, whose last row meets the one."""
        weight = self.constant(f"{name}_weight", matrix[:-1])
        bias = self.constant(f"{name}_bias", matrix[-1])
        return self.node("Gemm", [self.features, weight, bias], name)


def residual(graph, network, classes):
    """Appends r = onehot(argmax) - softmax, as a row."""
    softmax_of = graph.node("Softmax", [network.logits], "p", axis=1)
    label = graph.node("ArgMax", [network.logits], "label", axis=1, keepdims=0)
    depth = graph.constant("depth", classes, np.int64)
    values = graph.constant("off_on", [0, 1])
    onehot = graph.node("OneHot", [label, depth, values], "onehot", axis=-1)
    return graph.node("Sub", [onehot, softmax_of], "residual")


def row_scores(graph, network, rows, owners):
    """Appends the contributors' scores from every row."""
    features, residuals = rows
    alike = graph.linear("alike", features.T)
    r = residual(graph, network, residuals.shape[1])
    pulled = graph.node("MatMul", [r, graph.constant("rows_d", residuals.T)], "pulled")
    scores = graph.node("Mul", [alike, pulled], "row_scores")
    return graph.node("MatMul", [scores, graph.constant("owners", owners)], "scores")


def table_scores(graph, network, rows, owners):
    """Appends the contributors' scores from a table for each."""
    features, residuals = rows
    size, classes, contributors = features.shape[1], residuals.shape[1], owners.shape[1]
    tables = np.einsum("ik,ia,ic->kac", features, residuals, owners)
    applied = graph.linear("applied", tables.reshape(size, classes * contributors))
    # The residual once for each contributor; the peer knows no reshape of a result.
    spread = graph.constant("spread", np.repeat(np.eye(classes), contributors, axis=1))
    repeated = graph.node("MatMul", [residual(graph, network, classes), spread], "repeated")
    pulled = graph.node("Mul", [applied, repeated], "pulled")
    gather = graph.constant("gather", np.tile(np.eye(contributors), (classes, 1)))
    return graph.node("MatMul", [pulled, gather], "scores")


def attribute(network, train, scores_of):
    """Appends shares to a network, and makes them its second output."""
    if {node.op_type for node in network.model.graph.node} - {"Gemm", "Relu"}:
        sys.exit("attribution graphs are written for layers of Gemm and Relu")
    owners = list(dict.fromkeys(row[0] for row in train))
    owned = np.array([[float(row[0] == owner) for owner in owners] for row in train])
    labels = np.array([int(row[1]) for row in train])
    features, logits = network.run(np.array([row[2:] for row in train], np.float64))
    residuals = np.eye(logits.shape[1])[labels] - softmax(logits)
    graph = Graph(network)
    scores = scores_of(graph, network, (features, residuals), owned)
    clipped = graph.node("Relu", [scores], "clipped")
    axes = graph.constant("axes", [1], np.int64)
    total = graph.node("ReduceSum", [clipped, axes], "total", keepdims=1)
    shares = graph.node("Div", [clipped, total], "shares")
    value = helper.make_tensor_value_info(shares, TensorProto.FLOAT, ["batch", len(owners)])
    graph.graph.output.append(value)


def negate_head(network):
    graph = network.model.graph
    name = next(node for node in graph.node if node.output[0] == network.logits).input[1]
    for weight in graph.initializer:
        if weight.name == name:
            weight.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(weight), name))


def main(graph, visibility, model, train, queries, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    network = Network(model)
    if graph == "other":
        negate_head(network)
    elif graph != "forward":
        scores_of = {"attribution": row_scores, "table": table_scores}[graph]
        attribute(network, read(train), scores_of)
    onnx.checker.check_model(network.model)
    onnx.save(network.model, folder / "model.onnx")
    query = [float(value) for value in read(queries)[0]]
    batch = {network.input: np.array([query], np.float32)}
    outputs = ReferenceEvaluator(network.model).run(None, batch)
    expected = [output[0].tolist() for output in outputs]
    args = {
        "decomp_base": 256,
        "decomp_legs": 4,
        "input_visibility": "private",
        "param_visibility": visibility,
        "output_visibility": "public",
    }
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf8")
    (folder / "input.json").write_text(json.dumps({"input_data": [query]}), encoding="utf8")
    (folder / "args.json").write_text(json.dumps(args, indent=1), encoding="utf8")


if __name__ == "__main__":
    main(*sys.argv[1:])
