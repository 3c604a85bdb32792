/** What the server says of itself and of what it does not do yet: limits, endpoints, continuous backups. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeContinuousBackupsCommand,
  DescribeEndpointsCommand,
  DescribeLimitsCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { useServer } from './server.ts';
import { arnOf } from './tags.ts';

const server = useServer();

test('DescribeLimits tells the default quotas of an account in us-east-1', async () => {
  const { $metadata: _, ...answer } = await server.client.send(new DescribeLimitsCommand({}));
  // Source: "Default quotas" in the developer guide.
  assert.deepEqual(answer, {
    AccountMaxReadCapacityUnits: 80_000,
    AccountMaxWriteCapacityUnits: 80_000,
    TableMaxReadCapacityUnits: 40_000,
    TableMaxWriteCapacityUnits: 40_000,
  });
});

test('DescribeEndpoints names the address that the caller used', async () => {
  const { Endpoints } = await server.client.send(new DescribeEndpointsCommand({}));
  assert.deepEqual(Endpoints, [{ Address: new URL(server.endpoint).host, CachePeriodInMinutes: 1_440 }]);
});

test('DescribeContinuousBackups says that there are none', async () => {
  const table = await server.createTable();
  for (const TableName of [table, arnOf(table)]) {
    const { ContinuousBackupsDescription } = await server.client.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    assert.deepEqual(ContinuousBackupsDescription, {
      ContinuousBackupsStatus: 'DISABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
    });
  }
  // An error of its own, unlike other operations on tables. Source: API reference.
  await assert.rejects(server.client.send(new DescribeContinuousBackupsCommand({ TableName: 'missing' })), {
    name: 'TableNotFoundException',
    message: 'Table not found: missing',
  });
});

test('nothing can be switched on that is not there', async () => {
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await assert.rejects(
    server.client.send(new UpdateContinuousBackupsCommand({ TableName: 'missing', PointInTimeRecoverySpecification })),
    { name: 'UnknownOperationException' },
  );
});
