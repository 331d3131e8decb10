/** Where traces go; null where nobody wants any. */
export interface TracingSettings {
  /** Base address of the collector, without a trailing slash; spans are posted to `<endpoint>/v1/traces`. */
  readonly endpoint: string;
  /** Headers of every post, such as the collector's key. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** Share of traces that are kept, 0 to 1. */
  readonly ratio: number;
}

/**
 * Reads `name=value,name2=value2`, values percent-encoded, as OTEL_EXPORTER_OTLP_HEADERS is written; null if it is not.
 * Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
 */
export function readOtlpHeaders(text: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim().toLowerCase();
    if (at < 1 || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return null;
    const value = decode(pair.slice(at + 1).trim());
    if (value === null || /[\r\n\0]/.test(value)) return null;
    headers[name] = value;
  }
  return headers;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
