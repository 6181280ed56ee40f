/**
 * The two functions that verifier contracts have, with EZKL's names and types.
 * @module
 */

/** `verifyProof(bytes,uint256[])` */
export const SELECTOR = 0x1e8e1e13;

/** `verifyProof(address,bytes,uint256[])` */
export const SELECTOR_WITH_KEY = 0xaf83a18d;
