ARG ROOT
FROM $ROOT
COPY certificates/ /usr/local/share/ca-certificates/
RUN update-ca-certificates >/dev/null && groupadd -g 1000 node && useradd -u 1000 -g node -s /bin/bash -m node
COPY node/bin/node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN cd /usr/local/bin && for name in npm npx; do ln -s ../lib/node_modules/npm/bin/$name-cli.js $name; done && node -v && npm -v
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["node"]
