// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {PublicInputs} from "../src/PublicInputs.sol";
import {IAttributionRegistry} from "../src/interfaces/IAttributionRegistry.sol";
import {IERC7992Registry, IERC7992Verifier} from "../src/interfaces/IERC7992.sol";
import {Fixture} from "./support/Fixture.sol";

contract StandardsTest is Fixture {
    function test_says_which_interfaces_it_has() public view {
        VM.assertTrue(_registry.supportsInterface(type(IERC165).interfaceId));
        VM.assertTrue(_registry.supportsInterface(type(IAttributionRegistry).interfaceId));
        VM.assertTrue(_registry.supportsInterface(type(IERC7992Registry).interfaceId));
        VM.assertTrue(_registry.supportsInterface(type(IERC7992Verifier).interfaceId));
        VM.assertFalse(_registry.supportsInterface(0xffffffff));
        VM.assertFalse(_registry.supportsInterface(0x80ac58cd));
    }

    /// The draft's verifier interface has three functions.
    function test_the_verifier_interface_is_the_drafts() public pure {
        bytes4 expected = bytes4(keccak256("verifyInference(uint256,bytes32,bytes,bytes)"))
            ^ bytes4(keccak256("proofSystemOf(uint256)")) ^ bytes4(keccak256("registry()"));
        VM.assertEq(bytes32(type(IERC7992Verifier).interfaceId), bytes32(expected));
    }

    function test_reads_a_model() public {
        uint256 id = _register(3, NATIVE);
        (IERC7992Registry.ModelCommitment memory commitment, bool deprecated, address owner) = _registry.getModel(id);
        VM.assertEq(commitment.modelHash, bytes32(_subject(3, 10).modelCommitment));
        VM.assertEq(commitment.vkHash, address(_verifier).codehash);
        VM.assertEq(bytes32(commitment.proofSystemId), bytes32(_registry.proofSystemOf(id)));
        VM.assertFalse(deprecated);
        VM.assertEq(owner, OWNER);
        VM.assertEq(_registry.registry(), address(_registry));
    }

    function test_verifies_an_inference_without_a_request() public {
        uint256 id = _register(3, NATIVE);
        uint256[] memory inputs = _inference(id, 42);
        _registry.verifyInference(id, bytes32(INPUT), _output(inputs), _proof(inputs));
    }

    function test_refuses_an_inference_of_another_input() public {
        uint256 id = _register(3, NATIVE);
        uint256[] memory inputs = _inference(id, 42);
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.verifyInference(id, bytes32(INPUT + 1), _output(inputs), _proof(inputs));
    }

    function test_refuses_an_inference_of_another_context() public {
        uint256 id = _register(3, NATIVE);
        uint256[] memory inputs = _inference(id, 42);
        bytes memory proof = _proof(inputs);
        inputs[0] = 43;
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.verifyInference(id, bytes32(INPUT), _output(inputs), proof);
    }

    function test_refuses_an_inference_of_another_shape() public {
        uint256 id = _register(3, NATIVE);
        bytes memory output = abi.encode(42, new uint256[](3));
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.WrongCount.selector, 6, 7));
        _registry.verifyInference(id, bytes32(INPUT), output, "");
    }

    function test_refuses_an_inference_whose_weights_do_not_sum() public {
        uint256 id = _register(3, NATIVE);
        uint256[] memory inputs = _inference(id, 42);
        inputs[5] -= 1;
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.WeightsDoNotSum.selector, 999_999, false));
        _registry.verifyInference(id, bytes32(INPUT), _output(inputs), _proof(inputs));
    }

    function test_refuses_an_inference_of_an_ended_model() public {
        uint256 id = _register(3, NATIVE);
        uint256[] memory inputs = _inference(id, 42);
        VM.prank(OWNER);
        _registry.deprecateModel(id);
        VM.expectRevert(abi.encodeWithSelector(IERC7992Verifier.VerificationRefused_ModelDeprecated.selector, id));
        _registry.verifyInference(id, bytes32(INPUT), _output(inputs), _proof(inputs));
    }

    function test_unset_models_are_not_found() public {
        VM.expectRevert(abi.encodeWithSelector(IERC7992Registry.ModelNotFound.selector, 9));
        _registry.verifyInference(9, bytes32(INPUT), "", "");
        VM.expectRevert(abi.encodeWithSelector(IERC7992Registry.ModelNotFound.selector, 9));
        _registry.proofSystemOf(9);
    }

    function _inference(uint256 id, uint256 context) private view returns (uint256[] memory inputs) {
        inputs = _answer(id, 1, _three(1000, 0));
        (inputs[0], inputs[3]) = (context, INPUT);
    }

    function _output(uint256[] memory inputs) private pure returns (bytes memory) {
        uint256[] memory packed = new uint256[](2);
        (packed[0], packed[1]) = (inputs[4], inputs[5]);
        return abi.encode(inputs[0], packed);
    }
}
