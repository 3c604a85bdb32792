# The package as `npm pack` makes it, on the Node.js that development uses.
FROM node:26-slim AS build
WORKDIR /source
COPY . .
RUN npm ci && npm pack --pack-destination /package

FROM node:26-slim
COPY --from=build /package/*.tgz /package/
RUN npm install --global --omit=dev /package/*.tgz && rm -r /package && npm cache clean --force
# The embedded engine's data, where no --storage is given.
RUN install -d -o node -g node -m 0700 /var/lib/stator
USER node
ENV NODE_ENV=production STATOR_HOST=0.0.0.0 STATOR_DATA_DIR=/var/lib/stator
EXPOSE 8000
ENTRYPOINT ["stator"]
CMD ["start"]
