# shellcheck shell=bash
# A shop's back end in Java, with the HttpClient that comes with it.
# shellcheck disable=SC2034 # read by scripts/test-clients.sh
needs="java"

prepare() { :; }

run() {
    timeout 120 java -Xshare:auto -XX:TieredStopAtLevel=1 "$CLIENTS/backends/java/Ask.java"
}
