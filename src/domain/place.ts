/** Where an address probably is. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** ISO 3166-2 without the country: `SP`. */
  readonly state: string | null;
  readonly city: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** Whose network an address is in. */
export interface NetworkOwner {
  /** Autonomous system number. */
  readonly asn: number;
  /** Whether it rents out servers rather than connecting people: a soft signal, people use proxies there too. */
  readonly isDatacenter: boolean;
}
