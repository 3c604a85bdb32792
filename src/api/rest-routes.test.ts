import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAMBDA_OPERATIONS } from './registry.ts';
import { createRestRoutes } from './rest-routes.ts';

const find = createRestRoutes(LAMBDA_OPERATIONS);
const PATH = '/2015-03-31/event-source-mappings';

test('an operation is found by its method and path', () => {
  const cases: readonly (readonly [method: string, url: string, name: string | undefined])[] = [
    ['POST', PATH, 'CreateEventSourceMapping'],
    ['POST', `${PATH}/`, 'CreateEventSourceMapping'],
    ['GET', `${PATH}/?MaxItems=1`, 'ListEventSourceMappings'],
    ['GET', `${PATH}/x`, 'GetEventSourceMapping'],
    ['PUT', `${PATH}/x/`, 'UpdateEventSourceMapping'],
    ['DELETE', `${PATH}/x?y`, 'DeleteEventSourceMapping'],
    ['HEAD', PATH, undefined],
    ['PUT', PATH, undefined],
    ['GET', `${PATH}//`, undefined],
    ['GET', `${PATH}/x/y`, undefined],
    ['GET', `/other${PATH}`, undefined],
    ['GET', `${PATH}s`, undefined],
  ];
  for (const [method, url, name] of cases) assert.equal(find(method, url)?.operation.name, name, `${method} ${url}`);
});

test('what path and query say goes before what the body says', () => {
  const body = { UUID: 'body', BatchSize: 1 };
  assert.deepEqual(find('PUT', `${PATH}/a%2Fb?UUID=query`)?.completeInput(body), { UUID: 'a/b', BatchSize: 1 });
  assert.deepEqual(find('GET', `${PATH}/%zz`)?.completeInput({}), { UUID: '%zz' });
});

test('of the query, what the operation knows is read, as the type that it has', () => {
  const read = (query: string): object | undefined => find('GET', `${PATH}?${query}`)?.completeInput({});
  assert.deepEqual(read('MaxItems=12&Marker=12&Other=1'), { MaxItems: 12, Marker: '12' });
  assert.deepEqual(read('MaxItems=1e3'), { MaxItems: '1e3' });
  assert.deepEqual(read('Marker=a&Marker=b&FunctionName=%C3%A9+x'), { Marker: 'a', FunctionName: 'é x' });
  assert.deepEqual(read(''), {});
});
