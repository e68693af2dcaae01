"""How long chats take while the same process reads a hostile feed: in turn with it and without it.

Called by bench/feeds.sh with a gateway that is running. Prints figures as NAME=VALUE.
"""

import argparse
import http.client
import http.server
import json
import multiprocessing
import os
import time
from urllib.parse import urlsplit

# What cost most of the forms that were tried, each 240 KB in one description.
MARKUP = ["<a " * 80_000, "<style></style>" * 16_000, "&lt;b&gt;" * 26_000, "<!--" * 60_000, "<a b='" * 40_000]


class Feed(http.server.BaseHTTPRequestHandler):
    """A feed of as many records as it is asked for in its path, as fast as they are taken."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        records = int(self.path.rsplit("/", 1)[-1])
        head = b"id\ttitle\tdescription\n"
        bodies = [markup.encode() for markup in MARKUP]
        size = len(head) + sum(15 + len(bodies[n % len(bodies)]) + 1 for n in range(records))
        self.send_response(200)
        self.send_header("Content-Type", "text/tab-separated-values")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        try:
            self.wfile.write(head)
            for n in range(records):
                self.wfile.write(b"P%09d\tSaw\t" % n + bodies[n % len(bodies)] + b"\n")
        except ConnectionError:
            # The sync was ended.
            self.close_connection = True

    def log_message(self, *_):
        pass


class Api:
    def __init__(self, url, headers):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self.headers = {"Content-Type": "application/json", **headers}

    def call(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text) if text else None


def serve(feed):
    os.nice(19)
    feed.serve_forever()


def middle(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--url", required=True)
    arguments.add_argument("--manager", required=True)
    arguments.add_argument("--key", required=True)
    arguments.add_argument("--origin", required=True)
    arguments.add_argument("--workspace", required=True)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--chats", type=int, default=150)
    arguments.add_argument("--records", type=int, default=4000)
    given = arguments.parse_args()
    feed = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    # A process of its own, which gives way: this one measures.
    multiprocessing.get_context("fork").Process(target=serve, args=(feed,), daemon=True).start()
    manager = Api(given.url, {"Authorization": "Bearer " + given.manager})
    shop = Api(given.url, {"Authorization": "Bearer " + given.key, "Origin": given.origin})
    store = f"/api/v1/workspaces/{given.workspace}/store"
    at = f"http://127.0.0.1:{feed.server_address[1]}"
    manager.call(
        "PUT",
        store,
        {
            "platform": "feed",
            "store_url": at,
            "feed_url": f"{at}/feed/{given.records}",
            "feed_format": "google_tsv",
        },
    )
    asked = 0

    def chats(going_on):
        nonlocal asked
        took = []
        while len(took) < given.chats and going_on():
            asked += 1
            began = time.perf_counter()
            question = {"message": "Do you have a saw?", "session_id": f"feeds-{asked}"}
            shop.call("POST", "/api/v1/chat", question)
            took.append(time.perf_counter() - began)
        return took

    chats(lambda: True)  # nothing is cold any more
    without, beside, ratios, megabytes = [], [], [], []
    for _ in range(given.rounds):
        idle = chats(lambda: True)
        run = manager.call("POST", f"{store}/sync", {"dry_run": True})
        path = f"{store}/runs/{run['id']}"
        deadline = time.monotonic() + 30
        while (seen := manager.call("GET", path))["bytes_read"] == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        began, from_bytes = time.perf_counter(), seen["bytes_read"]
        busy = chats(lambda: True)
        seen = manager.call("GET", path)
        # It must have been read all the time.
        if seen["status"] != "running" or len(busy) < given.chats:
            raise SystemExit(f"the feed was over too early: {seen['status']} after {len(busy)} chats; give it more --records")
        megabytes.append((seen["bytes_read"] - from_bytes) / 1e6 / (time.perf_counter() - began))
        manager.call("POST", f"{path}/cancel")
        while manager.call("GET", path)["status"] in ("queued", "running"):
            time.sleep(0.05)
        without += idle
        beside += busy
        ratios.append(middle(busy, 0.5) / middle(idle, 0.5))
    for name, values in (("without", without), ("beside", beside)):
        for share in (0.5, 0.95, 0.99):
            print(f"{name}_p{int(share * 100)}_ms={middle(values, share) * 1000:.2f}")
    print(f"ratio_p50={middle(ratios, 0.5):.2f}")
    print(f"ratio_p50_least={min(ratios):.2f}")
    print(f"ratio_p50_most={max(ratios):.2f}")
    print(f"ratio_p99={middle(beside, 0.99) / middle(without, 0.99):.2f}")
    print(f"chats={len(beside)}")
    print(f"feed_mb_a_second={middle(megabytes, 0.5):.1f}")


main()
