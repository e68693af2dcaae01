// A way to the gateway that can be cut: what a train does when it goes into a tunnel.
import { once } from "node:events";
import { connect, createServer } from "node:net";

export async function startWire(base) {
    const { hostname, port } = new URL(base);
    const open = new Set();
    const server = createServer((near) => {
        const far = connect(Number(port), hostname);
        for (const socket of [near, far]) {
            open.add(socket);
            socket.on("error", () => {}).on("close", () => (open.delete(socket), near.destroy(), far.destroy()));
        }
        near.pipe(far).pipe(near);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
        base: `http://127.0.0.1:${server.address().port}`,
        cut: () => open.forEach((socket) => socket.destroy()),
        stop: () => new Promise((resolve) => (open.forEach((socket) => socket.destroy()), server.close(resolve))),
    };
}
