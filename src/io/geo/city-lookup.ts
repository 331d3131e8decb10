import type { Place } from '../../domain/place.ts';
import { CityData, type LoadedFile, type RefusedFile } from './city-data.ts';
import type { CitySource } from './geo-files.ts';

/** Which City data is in use, and what could not be. */
export interface CityStatus {
  readonly source: CitySource['name'] | null;
  readonly files: readonly LoadedFile[];
  readonly refused: readonly RefusedFile[];
}

interface Candidate {
  readonly source: CitySource;
  readonly data: CityData;
}

/** Looks places up in the best City data there is. */
export class CityLookup {
  readonly #candidates: readonly Candidate[];
  #current: Candidate | null = null;

  constructor(sources: readonly CitySource[]) {
    this.#candidates = sources.map((source) => ({ source, data: new CityData(source) }));
  }

  /** Takes up what changed on disk; true if look-ups may answer otherwise than before. Never rejects. */
  async refresh(): Promise<boolean> {
    for (const candidate of this.#candidates) {
      const changed = await candidate.data.refresh();
      if (candidate.data.loaded().length === 0) continue;
      const isOther = candidate !== this.#current;
      if (isOther) this.#replace(candidate);
      return changed || isOther;
    }
    return false;
  }

  find(ip: string): Place | null {
    return this.#current?.data.find(ip) ?? null;
  }

  /** Gives the files back; no place is known any more. */
  close(): void {
    for (const { data } of this.#candidates) data.close();
  }

  status(): CityStatus {
    const refused = this.#candidates.flatMap(({ source, data }) =>
      data.refused().filter(({ reason }) => source.name === 'GEOIP_CITY_DB' || !reason.includes('ENOENT')),
    );
    return { source: this.#current?.source.name ?? null, files: this.#current?.data.loaded() ?? [], refused };
  }

  #replace(candidate: Candidate): void {
    this.#current?.data.close();
    this.#current = candidate;
  }
}
