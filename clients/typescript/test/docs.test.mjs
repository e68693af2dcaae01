// Every snippet of docs/clients.md for Node, as it stands. browser.test.mjs has the one for a page.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { gateway } from "./support.mjs";

const here = join(import.meta.dirname, "..");
const text = readFileSync(join(here, "../../docs/clients.md"), "utf8");
const snippets = [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

test("there are snippets", () => assert.equal(snippets.length, 5));

for (const [n, code] of snippets.filter((code) => !code.includes("localStorage")).entries())
    test(`snippet ${n + 1}`, async () => {
        const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
            cwd: here,
            timeout: 60_000,
            env: {
                ...process.env,
                VESTIBULE_URL: gateway.base,
                VESTIBULE_KEY: gateway.secret_key,
                VESTIBULE_USER: gateway.manager_username,
                VESTIBULE_PASSWORD: gateway.manager_password,
            },
        });
        let said = "";
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
        const [status] = await once(child, "close");
        assert.equal(status, 0, said);
        assert.ok(said.length > 0);
        assert.doesNotMatch(said, /undefined/);
    });

test("the package that the page's commands make has the script and its types", () => {
    const [, commands] = /^\(cd clients\/typescript && npm ci && (.*)\)$/m.exec(text);
    const checkout = mkdtempSync(join(tmpdir(), "vestibule-client-"));
    try {
        // As somebody finds it who has just checked it out and installed what it needs.
        const kept = (path) => !["node_modules", "dist"].includes(basename(path)) && !path.endsWith(".tgz");
        cpSync(here, checkout, { recursive: true, filter: kept });
        symlinkSync(join(here, "node_modules"), join(checkout, "node_modules"));
        execFileSync("sh", ["-ec", commands], { cwd: checkout, stdio: "pipe" });
        const files = execFileSync("sh", ["-ec", "tar -tzf vestibule-client-*.tgz"], { cwd: checkout }).toString();
        for (const file of ["package.json", "dist/index.js", "dist/index.d.ts"])
            assert.ok(files.split("\n").includes(`package/${file}`), `${file} is not in\n${files}`);
    } finally {
        rmSync(checkout, { recursive: true, force: true });
    }
});
