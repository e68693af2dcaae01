// What the build and the tests share: options of esbuild, and modules that are made on the fly (types/modules.d.ts).
import { transform } from "esbuild";
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** The first browsers with all that is used, from spring 2023; test/unit/dist.test.mjs has what is newer. */
const target = ["chrome111", "edge111", "firefox113", "safari16.4"];
/** In classic scripts as in modules: plugins that combine or delay scripts change one into the other. */
export const common = {
    bundle: true,
    minify: true,
    format: "iife",
    target,
    charset: "utf8",
    legalComments: "none",
    write: false,
};

const folder = join(import.meta.dirname, "languages");
const files = (await readdir(folder)).filter((file) => file.endsWith(".json")).sort();
/** By language, without the blanks that are there for people. */
export const texts = new Map();
for (const file of files) texts.set(file.replace(".json", ""), JSON.parse(await readFile(join(folder, file), "utf8")));
/** Names what the texts are now. */
export const edition = createHash("sha256")
    .update(JSON.stringify([...texts]))
    .digest("hex")
    .slice(0, 16);

/** English and the words for the button are part of the script; the others come with the first click, one of them. */
function languages() {
    const button = Object.fromEntries([...texts].map(([language, { open, close }]) => [language, { open, close }]));
    return Object.entries({ english: texts.get("en"), button, edition })
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
        .join("\n");
}

/** Modules that are made and not written. */
export const made = {
    name: "made",
    setup({ onResolve, onLoad }) {
        onResolve({ filter: /^virtual:languages$/ }, ({ path }) => ({ path, namespace: "made" }));
        onLoad({ filter: /^virtual:languages$/, namespace: "made" }, () => ({ contents: languages() }));
        onLoad({ filter: /\.css$/ }, async ({ path }) => {
            const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target });
            return { contents: code.trim(), loader: "text" };
        });
    },
};
