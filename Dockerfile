# syntax=docker/dockerfile:1

# Pages and assets are committed, so building needs Go alone. Each step can be
# run by hand: build with the command below, copy the binary, run it as a user
# without rights.
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
ARG TARGETOS TARGETARCH
ENV GOCACHE=/cache/build GOMODCACHE=/cache/mod
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/cache/mod go mod download
COPY . .
RUN --mount=type=cache,target=/cache/mod --mount=type=cache,target=/cache/build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags '-s -w' -o /out/profiledesk .
# The folders that the site writes to, owned by the user that it runs as: an
# empty volume takes its owner from the folder that it is mounted over.
RUN install -d -m 0700 -o 65532 -g 65532 /out/data /out/checkpoints

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=build /out/profiledesk /profiledesk
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/checkpoints /checkpoints
USER 65532:65532
# Everything else may be read-only: docker run --read-only -v data:/data …
VOLUME /data
# DATABASE_URL is sqlite:profiledesk.db where nothing else is said. It is not set
# here: DATABASE_URL_FILE beside it would be a mistake.
WORKDIR /data
ENV ADDR=0.0.0.0:8080 \
    CHECKPOINT_FILE=/data/checkpoint \
    SQLITE_TMPDIR=/data \
    GOMEMLIMIT=400MiB
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s --retries=3 CMD ["/profiledesk", "healthcheck"]
ENTRYPOINT ["/profiledesk"]
CMD ["serve"]
