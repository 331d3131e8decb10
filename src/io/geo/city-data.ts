import { stat } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import type { Place } from '../../domain/place.ts';
import { type CityFile, openCityFile } from './city-file.ts';
import type { CitySource } from './geo-files.ts';
import { openCityBytes } from './open-city-bytes.ts';

/** A City database on disk, as it was last taken up. */
export interface LoadedFile {
  readonly path: string;
  readonly type: string;
  readonly builtAt: Date;
  readonly bytes: number;
}

/** A file that could not be taken up, and why; what was there before stays in use. */
export interface RefusedFile {
  readonly path: string;
  readonly reason: string;
}

interface Held {
  readonly mark: string;
  readonly bytes: number;
  readonly file: CityFile | null;
}

/** The City databases in use, taken up again whenever one of them changes on disk. */
export class CityData {
  readonly #source: CitySource;
  readonly #held = new Map<string, Held>();
  readonly #refused = new Map<string, string>();

  constructor(source: CitySource) {
    this.#source = source;
  }

  /** Takes up what is new on disk; true if anything changed. Never rejects: a bad file is refused and told. */
  async refresh(): Promise<boolean> {
    let changed = false;
    for (const path of this.#source.paths) changed = (await this.#refreshFile(path)) || changed;
    return changed;
  }

  /** The place of a canonical public address. */
  find(ip: string): Place | null {
    const isV6 = isIPv6(ip);
    for (const { file } of this.#held.values()) {
      if (file === null || (isV6 && file.ipVersion === 4)) continue;
      const place = file.find(ip);
      if (place !== null) return place;
    }
    return null;
  }

  /** Gives the files back; no place is known any more. */
  close(): void {
    for (const { file } of this.#held.values()) file?.close();
    this.#held.clear();
  }

  loaded(): LoadedFile[] {
    return [...this.#held].flatMap(([path, { file, bytes }]) =>
      file === null ? [] : [{ path, type: file.type, builtAt: file.builtAt, bytes }],
    );
  }

  refused(): RefusedFile[] {
    return [...this.#refused].map(([path, reason]) => ({ path, reason }));
  }

  async #refreshFile(path: string): Promise<boolean> {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const mark = `${mtimeMs} ${size} ${ino}`;
      const held = this.#held.get(path);
      if (held?.mark === mark) return false;
      const opened = openCityFile(await openCityBytes(path, this.#source.copyIn));
      if (opened.kind === 'refused') {
        this.#held.set(path, { mark, bytes: held?.bytes ?? 0, file: held?.file ?? null });
        return this.#refuse(path, opened.reason);
      }
      held?.file?.close();
      this.#held.set(path, { mark, bytes: size, file: opened.file });
      this.#refused.delete(path);
      return true;
    } catch (error) {
      return this.#refuse(path, error instanceof Error ? error.message : 'it cannot be read');
    }
  }

  #refuse(path: string, reason: string): boolean {
    const isNew = this.#refused.get(path) !== reason;
    this.#refused.set(path, reason);
    return isNew;
  }
}
