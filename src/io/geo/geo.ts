import type { NetworkOwner, Place } from '../../domain/place.ts';
import { readPublicIp } from '../../domain/public-ip.ts';
import type { Logger } from '../logger.ts';
import { Memo } from '../memo.ts';
import { CityLookup, type CityStatus } from './city-lookup.ts';
import { compileApart } from './compile-apart.ts';
import { findNetworkSource, listCitySources, type NetworkSource } from './geo-files.ts';
import { type NetworkTable, openNetworkFile } from './network-table.ts';

/** Where addresses are, and whose. Everything is on this machine: a look-up never waits. */
export interface Geo {
  /** Begins to load the data, once, and resolves when it is there. Never rejects: without data, all is unknown. */
  ready(): Promise<void>;
  /** Null for private and unknown addresses, and while the data is being loaded (a look-up begins that). */
  place(ip: string): Place | null;
  /** As `place`. */
  network(ip: string): NetworkOwner | null;
  status(): GeoStatus;
  /** Stops watching the files and gives them back: from now on every place is unknown. */
  close(): void;
}

/** What the geo data in use is. */
export interface GeoStatus extends CityStatus {
  /** Ranges of the network table; null if there is none. */
  readonly networks: number | null;
}

/** What geo needs. */
export interface GeoOptions {
  /** GEOIP_CITY_DB. */
  readonly cityDb: string | null;
  readonly dataDir: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Whether this process compiles the network table where it is missing (two seconds of work). */
  readonly compilesNetworks: boolean;
  /** How often the files are looked at, ms. */
  readonly watchMs?: number;
}

/** Addresses that are remembered, 300 bytes each: a person's requests come within minutes, and a new look costs 20 µs. */
const REMEMBERED = 3_000;
const WATCH_MS = 5000;

/** Makes the look-ups; nothing is read before somebody asks. */
export function openGeo(options: GeoOptions): Geo {
  return new FileGeo(options);
}

interface Answer {
  readonly place: Place | null;
  readonly network: NetworkOwner | null;
}

const UNKNOWN: Answer = { place: null, network: null };

class FileGeo implements Geo {
  readonly #options: GeoOptions;
  readonly #cities: CityLookup;
  readonly #memo = new Memo<Answer>(REMEMBERED);
  #networks: NetworkTable | null = null;
  #networksFile: string | null = null;
  /** A table that could not be made: it is not tried every five seconds. */
  #failedTable: string | null = null;
  #loading: Promise<void> | null = null;
  #watch: NodeJS.Timeout | null = null;
  #isClosed = false;
  #told = '';

  constructor(options: GeoOptions) {
    this.#options = options;
    this.#cities = new CityLookup(listCitySources(options.cityDb, options.dataDir));
  }

  ready(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  place(ip: string): Place | null {
    return this.#find(ip).place;
  }

  network(ip: string): NetworkOwner | null {
    return this.#find(ip).network;
  }

  status(): GeoStatus {
    return { ...this.#cities.status(), networks: this.#networks?.size ?? null };
  }

  close(): void {
    this.#isClosed = true;
    if (this.#watch) clearTimeout(this.#watch);
    this.#cities.close();
    this.#networks?.close();
  }

  #find(text: string): Answer {
    if (this.#loading === null) void this.ready();
    return this.#memo.get(text, () => {
      const ip = readPublicIp(text);
      return ip === null
        ? UNKNOWN
        : { place: this.#cities.find(ip), network: this.#networks?.find(ip) ?? null };
    });
  }

  async #load(): Promise<void> {
    const isWhole = await this.#refresh();
    if (!isWhole) void this.#compile().then(() => this.#watchLater());
    else this.#watchLater();
  }

  /** False when a table of networks is to be made first. */
  async #refresh(): Promise<boolean> {
    const isNewPlace = await this.#cities.refresh();
    const source = findNetworkSource(this.#options.dataDir);
    const isNewNetwork = source !== null && this.#openNetworks(source);
    if (isNewPlace || isNewNetwork) this.#memo.clear();
    this.#tell();
    if (source === null || !this.#options.compilesNetworks) return true;
    return source.table === this.#networksFile || source.table === this.#failedTable;
  }

  #watchLater(): void {
    if (this.#isClosed) return;
    const look = async () => {
      if (!(await this.#refresh())) await this.#compile();
      this.#watchLater();
    };
    this.#watch = setTimeout(() => void look(), this.#options.watchMs ?? WATCH_MS);
    this.#watch.unref();
  }

  #openNetworks({ table }: NetworkSource): boolean {
    if (table === this.#networksFile || this.#isClosed) return false;
    const networks = openNetworkFile(table);
    if (networks === null) return false;
    this.#networks?.close();
    this.#networks = networks;
    this.#networksFile = table;
    return true;
  }

  // Nobody waits for it: it takes two seconds, once for each edition of the data.
  async #compile(): Promise<void> {
    const source = findNetworkSource(this.#options.dataDir);
    if (source === null) return;
    try {
      await compileApart(source);
      await this.#refresh();
    } catch (error) {
      this.#failedTable = source.table;
      this.#options.logger.warn({ err: error }, 'The table of networks could not be made');
    }
  }

  /** Says what is in use whenever that changes, and what was refused. */
  #tell(): void {
    const { source, files, refused, networks } = this.status();
    const built = files.map((file) => file.builtAt.toISOString().slice(0, 10));
    const text = JSON.stringify({ source, built, refused, networks });
    if (text === this.#told) return;
    this.#told = text;
    for (const { path, reason } of refused)
      this.#options.logger.warn(
        { path, reason },
        'This geo data cannot be used; what was in use before stays',
      );
    if (source === null) this.#options.logger.warn('There is no geo data. Bring it with: rastro geo update');
    else this.#options.logger.info({ source, built, networks }, 'Geo data is loaded');
  }
}
