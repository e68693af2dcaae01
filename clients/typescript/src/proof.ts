// The proof of work that a key may ask of a browser: ALTCHA's, version 1.
import type { ProofChallenge } from "./schema.ts";

/** Tries numbers until the hash is the challenge, some hundred at a time so that a page goes on. */
export async function solve(challenge: ProofChallenge): Promise<string> {
    const { algorithm, salt, signature, maxnumber } = challenge;
    const encoder = new TextEncoder();
    const wanted = challenge.challenge.toLowerCase();
    const hash = async (number: number) => {
        const digest = await crypto.subtle.digest(algorithm, encoder.encode(salt + number));
        return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    };
    for (let from = 0; from <= maxnumber; from += 500) {
        const hashes = await Promise.all(Array.from({ length: 500 }, (_, n) => hash(from + n)));
        const found = hashes.indexOf(wanted);
        if (found < 0) continue;
        return btoa(JSON.stringify({ algorithm, challenge: wanted, number: from + found, salt, signature }));
    }
    throw new Error("The challenge has no solution.");
}
