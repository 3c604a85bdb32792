/** What one can ask the table of cities: an example for each way of reading. */
import { paginateQuery, paginateScan, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TABLE_NAME } from './table.ts';
import type { CityItem } from './table.ts';

const SCAN_SEGMENTS = 4;

/** What the global indexes project. */
type RankedCity = Pick<CityItem, 'country' | 'cityId' | 'name' | 'population'>;

/** The largest cities of a country, largest first: a Query on a global secondary index, backwards. */
export async function findLargestCities(
  client: DynamoDBDocumentClient,
  country: string,
  limit: number,
): Promise<RankedCity[]> {
  const { Items } = await client.send(
    new QueryCommand({
      TableName: TABLE_NAME,
      IndexName: 'ByPopulation',
      KeyConditionExpression: 'country = :country',
      ExpressionAttributeValues: { ':country': country },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return (Items ?? []) as RankedCity[];
}

/** The capitals with more people than `population`, largest first: a range of a global secondary index, page by page. */
export async function findCapitalsAbove(client: DynamoDBDocumentClient, population: number): Promise<RankedCity[]> {
  const found: RankedCity[] = [];
  const pages = paginateQuery(
    { client, pageSize: 10 },
    {
      TableName: TABLE_NAME,
      IndexName: 'ByFeature',
      KeyConditionExpression: 'featureCode = :capital AND population > :population',
      ExpressionAttributeValues: { ':capital': 'PPLC', ':population': population },
      ScanIndexForward: false,
    },
  );
  for await (const { Items } of pages) found.push(...((Items ?? []) as RankedCity[]));
  return found;
}

/** The cities of a country by the first letters of their names, in their order: the local secondary index. */
export async function findCitiesByName(
  client: DynamoDBDocumentClient,
  country: string,
  prefix: string,
): Promise<CityItem[]> {
  const { Items } = await client.send(
    new QueryCommand({
      TableName: TABLE_NAME,
      IndexName: 'ByName',
      KeyConditionExpression: 'country = :country AND begins_with(#name, :prefix)',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: { ':country': country, ':prefix': prefix },
      ConsistentRead: true,
    }),
  );
  return (Items ?? []) as CityItem[];
}

/** Cities and people of all countries, most people first: a Scan of the whole table in parallel segments. */
export async function sumUpCountries(
  client: DynamoDBDocumentClient,
): Promise<{ country: string; cities: number; population: number }[]> {
  const totals = new Map<string, { country: string; cities: number; population: number }>();
  async function scanSegment(Segment: number): Promise<void> {
    const request = {
      TableName: TABLE_NAME,
      Segment,
      TotalSegments: SCAN_SEGMENTS,
      ProjectionExpression: 'country, population',
    };
    for await (const { Items } of paginateScan({ client }, request)) {
      for (const { country, population } of (Items ?? []) as CityItem[]) {
        const total = totals.get(country) ?? { country, cities: 0, population: 0 };
        totals.set(country, { country, cities: total.cities + 1, population: total.population + population });
      }
    }
  }
  await Promise.all(Array.from({ length: SCAN_SEGMENTS }, (_, segment) => scanSegment(segment)));
  return [...totals.values()].toSorted((a, b) => b.population - a.population);
}
