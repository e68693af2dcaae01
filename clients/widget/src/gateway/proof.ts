// A proof of work for keys that ask for one: in a worker where the page's policy allows one made of a blob, else here.
import { search } from "./search.ts";
import type { Challenge } from "./wire.ts";

/** What a worker does. The search stands in it as its own text, so that it is in the script once. */
const script = () => `onmessage=({data})=>(${search.toString()})(data).then(postMessage,()=>postMessage(null))`;

/** What goes into `proof`. */
export async function prove(challenge: Challenge): Promise<string> {
    const number = (await searchInWorker(challenge)) ?? (await search(challenge));
    const { algorithm, challenge: hash, salt, signature } = challenge;
    return btoa(JSON.stringify({ algorithm, challenge: hash, number, salt, signature }));
}

/** Null where there can be no such worker: policies refuse it by an exception or by an event. */
function searchInWorker(challenge: Challenge): Promise<number | null> {
    return new Promise((resolve) => {
        let worker: Worker | undefined;
        const address = URL.createObjectURL(new Blob([script()], { type: "text/javascript" }));
        const end = (number: number | null) => {
            worker?.terminate();
            URL.revokeObjectURL(address);
            resolve(number);
        };
        try {
            worker = new Worker(address);
            worker.addEventListener("message", ({ data }: MessageEvent<number | null>) => end(data));
            worker.addEventListener("error", () => end(null));
            worker.postMessage(challenge);
        } catch {
            end(null);
        }
    });
}
