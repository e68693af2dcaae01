// Every text in every language, with the forms that its plurals have.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

const folder = join(import.meta.dirname, "../../languages");
const languages = new Map();
for (const file of await readdir(folder))
    languages.set(file.replace(".json", ""), JSON.parse(await readFile(join(folder, file), "utf8")));
const english = languages.get("en");
const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join();

test("there are twelve languages", () => assert.equal(languages.size, 12));

for (const [language, texts] of languages) {
    test(`${language} says all that English says`, () => {
        assert.deepEqual(Object.keys(texts), Object.keys(english));
        for (const [name, text] of Object.entries(texts)) {
            if (typeof english[name] === "string") {
                assert.ok(typeof text === "string" && text.trim() !== "", name);
                assert.equal(placeholders(text), placeholders(english[name]), name);
                continue;
            }
            const rules = new Intl.PluralRules(language);
            const forms = rules.resolvedOptions().pluralCategories;
            assert.deepEqual(Object.keys(text).sort(), [...forms].sort(), `the forms of ${name}`);
            for (const [form, words] of Object.entries(text)) {
                // Where a form stands for one number only, the number may be a word.
                const numbers = Array.from({ length: 1000 }, (_, n) => n).filter((n) => rules.select(n) === form);
                assert.ok(words.includes("{n}") || numbers.length === 1, `${name}, ${form}: which number?`);
            }
        }
    });
}

test("no other language is English under another name", () => {
    const same = new Set(["products", "powered", "company", "email", "assistant"]);
    for (const [language, texts] of languages) {
        if (language === "en") continue;
        const copied = Object.entries(texts).filter(
            ([name, text]) => typeof text === "string" && text === english[name] && text.length > 4 && !same.has(name),
        );
        assert.deepEqual(copied, [], language);
    }
});

test("every text is used", async () => {
    const sources = join(import.meta.dirname, "../../src");
    const files = (await readdir(sources, { recursive: true })).filter((file) => file.endsWith(".ts"));
    const text = (await Promise.all(files.map((file) => readFile(join(sources, file), "utf8")))).join("\n");
    const unused = Object.keys(english).filter(
        (name) => !new RegExp(`"${name}"|\\b${name}\\b: "|english\\.${name}\\b|\\b${name}: `).test(text),
    );
    assert.deepEqual(unused, []);
});
