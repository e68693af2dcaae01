// A gateway for the tests of clients: writes where it is and who may ask it into a file, and runs until it is told to
// stop.
//   node gateway.mjs FILE     needs CLIENTS_TEST_BIN, DATABASE_URL and REDIS_URL (scripts/test-clients.sh)
import { rename, writeFile } from "node:fs/promises";
import { startGateway } from "./widget/test/support/gateway.mjs";

const FEED = `id,title,description,link,price,availability
HM-1,Hammer HM-1,A hammer for nails.,https://shop.example/hammer,24.90 EUR,in_stock
DR-2,Drill DR-2,A drill for masonry.,https://shop.example/drill,89.00 EUR,in_stock
`;

const file = process.argv[2];
const told = new Promise((resolve) => ["SIGTERM", "SIGINT", "SIGHUP"].forEach((signal) => process.once(signal, resolve)));
// The people of all tests log in from one address.
const settings = { VESTIBULE_ADMIN_LOGINS_PER_IP_PER_MINUTE: "600", VESTIBULE_LIMITS_USER_PER_MINUTE: "6000" };
const gateway = await startGateway({ bin: process.env.CLIENTS_TEST_BIN, feed: FEED, settings });
try {
    const { base, standIn, demo } = gateway;
    // Somebody who only reads half a file would find half a gateway.
    await writeFile(`${file}.part`, JSON.stringify({ base, stand_in: standIn, ...demo }));
    await rename(`${file}.part`, file);
    await told;
} finally {
    await gateway.stop();
}
