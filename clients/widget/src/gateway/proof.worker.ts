// The search for a proof of work, away from the page's own thread.
import { search } from "./search.ts";
import type { Challenge } from "./wire.ts";

addEventListener("message", ({ data }: MessageEvent<Challenge>) => {
    search(data).then(
        (number) => postMessage(number),
        () => postMessage(null),
    );
});
