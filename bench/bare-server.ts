/**
 * The measure of all servers here: node:http that reads a request and answers with as many bytes as StatorDB would.
 *
 * Its argument is JSON: the length of the answer in bytes, by operation.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const lengths = JSON.parse(process.argv[2] ?? '{}') as Record<string, number>;
const bodies = new Map(Object.entries(lengths).map(([operation, length]) => [operation, Buffer.alloc(length, ' ')]));

const server = createServer((request, response) => {
  const operation = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
  const body = bodies.get(operation) ?? Buffer.alloc(0);
  request.resume().once('end', () => {
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0', 'Content-Length': body.length });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
