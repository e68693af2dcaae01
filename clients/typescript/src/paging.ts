// Lists that come in pages.

interface Page {
    data: unknown[];
    has_more: boolean;
    next_cursor?: string | number | null;
}
type List = (query: never) => Promise<Page>;
type Item<L extends List> = Awaited<ReturnType<L>>["data"][number];
type Filter<L extends List> = Omit<NonNullable<Parameters<L>[0]>, "cursor">;

/** Every item of a list, page after page: `for await (const key of each(client.keys.list, { env: "live" }))`. */
export async function* each<L extends List>(
    list: L,
    filter?: Filter<L> | undefined,
): AsyncGenerator<Item<L>, void, undefined> {
    let cursor: string | undefined;
    do {
        const page = await list({ ...filter, ...(cursor === undefined ? {} : { cursor }) } as never);
        yield* page.data as Item<L>[];
        cursor = page.has_more ? String(page.next_cursor) : undefined;
    } while (cursor !== undefined);
}
