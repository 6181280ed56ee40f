/**
 * The contracts as Solidity text, with the Yul body of the contracts that need no compiler.
 * @module
 */
import { bytesToHex } from "../../ezkl/format/hex.ts";
import { DATA } from "./memory.ts";
import { FORWARD, LOAD_KEY } from "./contract_sources.ts";
import { verifierBody } from "./yul/body.ts";
import { hex } from "./yul/text.ts";

/** Bytes of data in a line. */
const LINE = 48;

const HEAD = `// SPDX-License-Identifier: MIT
// Made by zkgrad. Compiles with solc 0.8.25 and later for Cancun and later, with any settings of the optimizer.
pragma solidity ^0.8.25;
`;

const UNSAFE = `
// The reference string is an unsafe one, for tests: whoever made it can forge proofs that this contract accepts.
`;

/** Why the arguments have no names: only the body reads them. */
const VERIFY =
  "Answers true for a proof that holds, and reverts for everything else. Only the canonical encoding of the";

/** The source of one contract for one circuit. */
export function wholeSource(data: Uint8Array, unsafe: boolean): string {
  return `${HEAD}${unsafe ? UNSAFE : ""}
/// @notice Verifies proofs of one circuit.
contract Halo2Verifier {
    /// @notice ${VERIFY}
    /// arguments is taken: proof, then instances, nothing between or behind them.
    function verifyProof(bytes calldata, uint256[] calldata) external view returns (bool) {
        // The circuit's data, for which memory is kept from here on.
        assembly {
            mstore(0x40, ${hex(DATA - 32)})
        }
        bytes memory circuit = ${literal(data, 12)};
        assembly {
            if sub(circuit, ${hex(DATA - 32)}) { revert(0, 0) }
        }
        assembly {${indented(`\n${verifierBody(4)}`, 12)}
        }
    }
}
`;
}

/** The source of a verifier for all circuits, of one circuit's data, and of the contract before both. */
export function reusableSource(data: Uint8Array, keyHash: Uint8Array, unsafe: boolean): string {
  return `${HEAD}${unsafe ? UNSAFE : ""}
/// @notice Verifies proofs of any circuit whose data lie in a contract. Whoever calls it chooses the circuit: a
/// contract that relies on the answer asks Halo2Verifier, or compares the hash of the data's code itself.
contract Halo2VerifierReusable {
    /// @notice ${VERIFY}
    /// arguments is taken: address of the data, proof, then instances, nothing between or behind them.
    function verifyProof(address, bytes calldata, uint256[] calldata) external view returns (bool) {
        assembly {
            {${indented(LOAD_KEY, 16)}
            }${indented(`\n${verifierBody(0x24)}`, 12)}
        }
    }
}

/// @notice The data of one circuit, behind a byte that stops whoever calls it.
contract Halo2VerifyingKey {
    constructor() {
        bytes memory circuit = ${literal(Uint8Array.of(0, ...data), 12)};
        assembly {
            return(add(circuit, 0x20), mload(circuit))
        }
    }
}

/// @notice Verifies proofs of one circuit by the two contracts that it was deployed with.
contract Halo2Verifier {
    address private immutable VERIFIER;
    bytes32 private immutable VERIFIER_HASH;
    address private immutable KEY;
    bytes32 private constant KEY_HASH = 0x${bytesToHex(keyHash)};

    /// @param verifier_ The verifier, whose code the deployer vouches for.
    /// @param key_ The circuit's data.
    constructor(address verifier_, address key_) {
        require(key_.codehash == KEY_HASH, "not this circuit's data");
        require(verifier_.code.length > 0, "no verifier");
        VERIFIER = verifier_;
        VERIFIER_HASH = verifier_.codehash;
        KEY = key_;
    }

    /// @notice ${VERIFY}
    /// arguments is taken, as by the verifier.
    function verifyProof(bytes calldata, uint256[] calldata) external view returns (bool) {
        (address verifier, bytes32 verifierHash, address key, bytes32 keyHash) =
            (VERIFIER, VERIFIER_HASH, KEY, KEY_HASH);
        assembly {${indented(`\n${FORWARD}`, 12)}
        }
    }
}
`;
}

/** Bytes as Solidity writes them, in lines. */
function literal(bytes: Uint8Array, indent: number): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += LINE) lines.push(`hex"${bytesToHex(bytes.subarray(at, at + LINE))}"`);
  return lines.map((line) => `\n${" ".repeat(indent)}${line}`).join("");
}

function indented(text: string, by: number): string {
  return text.trimEnd().replaceAll(/\n(?=[^\n])/g, `\n${" ".repeat(by)}`);
}
