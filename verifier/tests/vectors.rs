//! Compares every format with vectors of an encoder that shares no code with this crate
//! (`encoder/encode.py`).

#[cfg(test)]
mod tests {
    use ark_bn254::Fr;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use tribute_verifier::commitment::{
        HiddenView, ModelView, TableView, index_commitment, input_commitment, model_commitment,
        table_commitment,
    };
    use tribute_verifier::dataset::{Row, dataset_root, leaf, node, row_salt};
    use tribute_verifier::digest::Digest;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::hash::{Parameters, Tag, hash, permute};
    use tribute_verifier::header::Header;
    use tribute_verifier::method::MethodId;
    use tribute_verifier::packing::{Width, pack, unpack};
    use tribute_verifier::payees::{Contributor, payees_digest};
    use tribute_verifier::text::{decode_array, decode_bytes};
    use tribute_verifier::transcript::KeccakState;

    macro_rules! vectors {
        ($name:literal) => {
            read(include_str!(concat!("vectors/", $name, ".json")))
        };
    }

    fn read<T: DeserializeOwned>(text: &str) -> T {
        serde_json::from_str(text).unwrap()
    }

    fn elements(values: &[Fr]) -> Vec<FieldElement> {
        values.iter().copied().map(FieldElement::from).collect()
    }

    #[derive(Deserialize)]
    struct Field {
        accepted: Vec<Accepted>,
        refused: Vec<Refused>,
        keccak: Vec<Keccak>,
        truncated: Vec<Truncated>,
    }

    #[derive(Deserialize)]
    struct Accepted {
        decimal: String,
        text: String,
    }

    #[derive(Deserialize)]
    struct Refused {
        name: String,
        text: String,
    }

    #[derive(Deserialize)]
    struct Keccak {
        message: String,
        digest: Digest,
    }

    #[derive(Deserialize)]
    struct Truncated {
        digest: Digest,
        element: FieldElement,
    }

    #[test]
    fn field_elements() {
        let Field { accepted, refused, keccak, truncated } = vectors!("field");
        for Accepted { decimal, text } in &accepted {
            let element: FieldElement = text.parse().unwrap();
            let value: num_bigint::BigUint = decimal.parse().unwrap();
            assert_eq!(num_bigint::BigUint::from_bytes_be(&element.to_be_bytes()), value);
            assert_eq!(element.to_string(), *text);
            assert_eq!(FieldElement::from(element.to_fr()), element);
        }
        for Refused { name, text } in &refused {
            assert!(text.parse::<FieldElement>().is_err(), "{name}");
        }
        for Keccak { message, digest } in &keccak {
            assert_eq!(Digest::of(&[&decode_bytes(message).unwrap()]), *digest);
        }
        for Truncated { digest, element } in &truncated {
            assert_eq!(digest.truncated(), *element);
        }
        assert_eq!([accepted.len(), refused.len(), keccak.len(), truncated.len()], [8, 11, 5, 4]);
    }

    #[derive(Deserialize)]
    struct Packing {
        packed: Vec<Packed>,
        refused: Vec<Unpackable>,
    }

    #[derive(Deserialize)]
    struct Packed {
        name: String,
        width: String,
        values: Vec<i64>,
        elements: Vec<FieldElement>,
    }

    #[derive(Deserialize)]
    struct Unpackable {
        name: String,
        width: String,
        value: i64,
    }

    fn width(name: &str) -> Width {
        match name {
            "descriptor" => Width::DESCRIPTOR,
            "input" => Width::INPUT,
            "head" => Width::HEAD,
            "bias" => Width::BIAS,
            "table" => Width::TABLE,
            "logit" => Width::LOGIT,
            "ppm" => Width::PPM,
            "total" => Width::TOTAL,
            other => panic!("no width {other}"),
        }
    }

    #[test]
    fn packing() {
        let Packing { packed, refused } = vectors!("packing");
        for Packed { name, width: kind, values, elements: expected } in &packed {
            let packed = pack(width(kind), values.iter().copied()).unwrap();
            assert_eq!(elements(&packed), *expected, "{kind}: {name}");
            let unpacked = unpack(width(kind), values.len(), &packed).unwrap();
            assert_eq!(unpacked, *values, "{kind}: {name}");
        }
        for Unpackable { name, width: kind, value } in &refused {
            assert!(pack(width(kind), [*value]).is_err(), "{kind}: {name}");
        }
        assert_eq!([packed.len(), refused.len()], [64, 16]);
    }

    #[derive(Deserialize)]
    struct Hashes {
        permutation: Vec<Permutation>,
        round_constants_keccak: Digest,
        matrix_keccak: Digest,
        hashes: Vec<Hash>,
    }

    #[derive(Deserialize)]
    struct Permutation {
        inputs: Vec<FieldElement>,
        output: FieldElement,
    }

    #[derive(Deserialize)]
    struct Hash {
        name: String,
        tag: u8,
        elements: Vec<FieldElement>,
        hash: FieldElement,
    }

    fn tag(number: u8) -> Tag {
        let tags =
            [Tag::Model, Tag::Table, Tag::Index, Tag::Input, Tag::Leaf, Tag::Node, Tag::Root];
        tags.into_iter().find(|tag| tag.number() == number).unwrap()
    }

    #[test]
    fn hashes() {
        let vectors: Hashes = vectors!("hash");
        for Permutation { inputs, output } in &vectors.permutation {
            let inputs: Vec<Fr> = inputs.iter().map(Fr::from).collect();
            assert_eq!(FieldElement::from(permute(&inputs.try_into().unwrap())), *output);
        }
        for Hash { name, tag: number, elements, hash: expected } in &vectors.hashes {
            assert_eq!(FieldElement::from(hash(tag(*number), elements)), *expected, "{name}");
        }
        assert_eq!([vectors.permutation.len(), vectors.hashes.len()], [3, 18]);
    }

    #[test]
    fn poseidon_constants() {
        let vectors: Hashes = vectors!("hash");
        let Parameters { round_constants, matrix } = Parameters::load();
        let words = |rows: &[[FieldElement; 13]]| -> Vec<[u8; 32]> {
            rows.iter().flatten().map(|element| element.to_be_bytes()).collect()
        };
        let digest = |rows| Digest::of(&[words(rows).as_flattened()]);
        assert_eq!(digest(&round_constants), vectors.round_constants_keccak);
        assert_eq!(digest(&matrix), vectors.matrix_keccak);
    }

    #[derive(Deserialize)]
    struct Commitments {
        models: Vec<Model>,
        inputs: Vec<Input>,
        tables: Vec<Table>,
    }

    #[derive(Deserialize)]
    struct Model {
        name: String,
        salt: FieldElement,
        inputs: usize,
        hidden: Vec<Hidden>,
        classes: usize,
        head: Vec<i32>,
        commitment: FieldElement,
    }

    #[derive(Deserialize)]
    struct Hidden {
        weights: Vec<i16>,
        outputs: usize,
        biases: Vec<i32>,
    }

    #[derive(Deserialize)]
    struct Input {
        name: String,
        salt: FieldElement,
        values: Vec<i16>,
        commitment: FieldElement,
    }

    #[derive(Deserialize)]
    struct Table {
        name: String,
        salt: FieldElement,
        features: usize,
        classes: usize,
        contributors: usize,
        /// For each contributor the entries in the order $(k, a)$.
        by_contributor: Vec<Vec<String>>,
        commitment: FieldElement,
    }

    #[test]
    fn model_commitments() {
        let Commitments { models, .. } = vectors!("commitments");
        for model in &models {
            let mut width = model.inputs;
            let mut hidden = Vec::new();
            for Hidden { weights, outputs, biases } in &model.hidden {
                hidden.push(HiddenView { inputs: width, outputs: *outputs, weights, biases });
                width = *outputs;
            }
            let Model { name, salt, inputs, hidden: _, classes, head, commitment } = model;
            let view = ModelView { inputs: *inputs, hidden, classes: *classes, head };
            assert_eq!(model_commitment(*salt, &view).unwrap(), *commitment, "{name}");
        }
        assert_eq!(models.len(), 5);
    }

    #[test]
    fn input_commitments() {
        let Commitments { inputs, .. } = vectors!("commitments");
        for Input { name, salt, values, commitment } in &inputs {
            assert_eq!(input_commitment(*salt, values), *commitment, "{name}");
        }
        assert_eq!(inputs.len(), 6);
    }

    #[test]
    fn table_commitments() {
        let Commitments { tables, .. } = vectors!("commitments");
        for table in &tables {
            let mut entries = Vec::new();
            for place in 0..table.features * table.classes {
                for contributor in &table.by_contributor {
                    entries.push(contributor[place].parse().unwrap());
                }
            }
            let view = TableView {
                features: table.features,
                classes: table.classes,
                contributors: table.contributors,
                entries: &entries,
            };
            let commitment = table_commitment(table.salt, &view).unwrap();
            assert_eq!(commitment, table.commitment, "{}", table.name);
        }
        assert_eq!(tables.len(), 3);
    }

    #[derive(Deserialize)]
    struct Payees {
        name: String,
        payees: Vec<Contributor>,
        digest: Digest,
    }

    #[test]
    fn payees() {
        let vectors: Vec<Payees> = vectors!("payees");
        for Payees { name, payees, digest } in &vectors {
            assert_eq!(payees_digest(payees), *digest, "{name}");
        }
        assert_eq!(vectors.len(), 4);
    }

    #[derive(Deserialize)]
    struct Headers {
        name: String,
        header: Header,
        digest: FieldElement,
        table_commitment: FieldElement,
        index_commitment: FieldElement,
    }

    #[test]
    fn headers_and_index_commitments() {
        let vectors: Vec<Headers> = vectors!("headers");
        for vector in &vectors {
            let name = &vector.name;
            assert_eq!(vector.header.check(), Ok(()), "{name}");
            assert_eq!(vector.header.digest(), vector.digest, "{name}");
            let commitment = index_commitment(vector.digest, vector.table_commitment);
            assert_eq!(commitment, vector.index_commitment, "{name}");
        }
        let methods: Vec<_> = vectors.iter().map(|vector| vector.header.method).collect();
        assert_eq!(methods, MethodId::ALL);
    }

    #[derive(Deserialize)]
    struct Dataset {
        dataset_salt: String,
        rows: Vec<LabeledRow>,
        last_place: LastPlace,
        nodes: Vec<Node>,
        roots: Vec<Root>,
    }

    #[derive(Deserialize)]
    struct LabeledRow {
        label: u16,
        owner: u16,
        features: Vec<i16>,
        salt: FieldElement,
        leaf: FieldElement,
    }

    #[derive(Deserialize)]
    struct LastPlace {
        number: u32,
        salt: FieldElement,
        leaf: FieldElement,
    }

    #[derive(Deserialize)]
    struct Node {
        level: u8,
        children: Vec<FieldElement>,
        node: FieldElement,
    }

    #[derive(Deserialize)]
    struct Root {
        rows: usize,
        root: FieldElement,
    }

    #[test]
    fn rows_and_leaves() {
        let vectors: Dataset = vectors!("dataset");
        let secret = decode_array(&vectors.dataset_salt).unwrap();
        for (number, row) in (0..).zip(&vectors.rows) {
            let LabeledRow { label, owner, ref features, salt, leaf: expected } = *row;
            assert_eq!(row_salt(&secret, number), salt, "{number}");
            assert_eq!(leaf(salt, &Row { number, label, owner, features }), expected, "{number}");
        }
        assert_eq!(vectors.rows.len(), 9);
        let LastPlace { number, salt, leaf: expected } = vectors.last_place;
        assert_eq!(row_salt(&secret, number), salt);
        let row = Row { number, label: 1, owner: 2, features: &[-1] };
        assert_eq!(leaf(salt, &row), expected);
    }

    #[test]
    fn nodes_and_roots() {
        let vectors: Dataset = vectors!("dataset");
        for Node { level, children, node: expected } in &vectors.nodes {
            let children: Vec<Fr> = children.iter().map(Fr::from).collect();
            let found = node(*level, &children.try_into().unwrap());
            assert_eq!(FieldElement::from(found), *expected, "level {level}");
        }
        let leaves: Vec<_> = vectors.rows.iter().map(|row| row.leaf).cycle().take(72).collect();
        for Root { rows, root } in &vectors.roots {
            assert_eq!(dataset_root(&leaves[..*rows]).unwrap(), *root, "{rows} rows");
        }
        assert_eq!([vectors.nodes.len(), vectors.roots.len()], [2, 8]);
    }

    #[derive(Deserialize)]
    struct Transcript {
        name: String,
        steps: Vec<Step>,
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Step {
        Absorb { words: Vec<FieldElement> },
        Challenge { challenge: FieldElement },
    }

    #[test]
    fn transcripts() {
        let vectors: Vec<Transcript> = vectors!("transcripts");
        let mut challenges = 0;
        for Transcript { name, steps } in &vectors {
            let mut state = KeccakState::new();
            for step in steps {
                match step {
                    Step::Absorb { words } => {
                        words.iter().for_each(|word| state.absorb(&word.to_be_bytes()));
                    }
                    Step::Challenge { challenge } => {
                        assert_eq!(FieldElement::from(state.challenge()), *challenge, "{name}");
                        challenges += 1;
                    }
                }
            }
        }
        assert_eq!([vectors.len(), challenges], [8, 14]);
    }
}
