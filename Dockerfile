FROM rust:1.95-bookworm AS build
# Or trial: builds in a fraction of the time, and runs slower.
ARG PROFILE=release
# The database is not asked: .sqlx knows what its queries need.
ENV SQLX_OFFLINE=true
# Compression inside Pingora is C built by cmake.
RUN apt-get update \
    && apt-get install -y --no-install-recommends cmake \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The dependencies, with empty sources of ours in front of them: a layer that lasts until one of them changes.
COPY Cargo.toml Cargo.lock ./
COPY bench bench
COPY upstream/stand-in upstream/stand-in
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    mkdir -p src tests/it \
    && touch src/lib.rs tests/it/main.rs \
    && echo 'fn main() {}' >src/main.rs \
    && cargo build --profile "$PROFILE" --locked --package vestibule --bin vestibule
COPY . .
# What `vestibule --version` says. Given here and not looked up, so that the same sources make the same program.
ARG REVISION=unknown
ARG DATE=unknown
ENV VESTIBULE_BUILD_REVISION=${REVISION} VESTIBULE_BUILD_DATE=${DATE}
# Touched, because cargo goes by times, and a checkout may be older than the layer above.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    touch src/lib.rs src/main.rs \
    && cargo build --profile "$PROFILE" --locked --package vestibule --bin vestibule \
    && cp "target/$PROFILE/vestibule" /vestibule \
    && mkdir /spool

# glibc and libgcc, no shell, no package manager, a user without rights.
FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Vestibule" \
      org.opencontainers.image.description="A gateway in front of an unmodified AnythingLLM for B2B e-commerce chat" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /vestibule /usr/local/bin/vestibule
# Where usage waits for PostgreSQL: a volume, or what waits goes with the container.
COPY --from=build --chown=nonroot:nonroot /spool /var/lib/vestibule
ENV VESTIBULE_USAGE_SPOOL_DIR=/var/lib/vestibule/usage
VOLUME /var/lib/vestibule
USER nonroot
# Public. The admin (8081) and ops (9464) listeners bind to the loopback of the container until told otherwise.
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 CMD ["/usr/local/bin/vestibule", "healthcheck", "--ready"]
ENTRYPOINT ["/usr/local/bin/vestibule"]
CMD ["serve"]
