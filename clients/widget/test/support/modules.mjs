// The widget's modules in Node, which reads neither TypeScript nor what is made on the fly: bundled as the build does it.
import { build } from "esbuild";
import { join } from "node:path";
import { common, made } from "../../made.mjs";

const sources = join(import.meta.dirname, "../../src");

const bundle = async (path, format, more = {}) => {
    const { outputFiles } = await build({
        ...common,
        minify: false,
        format,
        entryPoints: [join(sources, path)],
        plugins: [made],
        define: { VERSION: '"test"' },
        ...more,
    });
    return outputFiles[0].text;
};

/** @param {string} path below src/ */
export const load = async (path) =>
    import(`data:text/javascript;base64,${Buffer.from(await bundle(path, "esm")).toString("base64")}`);

/** The same as a classic script that puts what the module exports into a global variable. */
export const script = (path, globalName) => bundle(path, "iife", { globalName });
