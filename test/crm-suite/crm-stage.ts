import type { VendorFault } from '../../src/simulators/vendor-server.ts';
import type { CrmBench } from './crm-bench.ts';

/** How a test plays the vendor of one kind of connection. */
export interface CrmStage {
  readonly bench: CrmBench;
  /** How many leads the vendor has got, made once each. */
  pushed(): number;
  /** Puts faults before the next calls. */
  script(...faults: VendorFault[]): void;
  /** Takes away the faults that nothing has met. */
  calm(): void;
  /** Makes the vendor refuse our credentials, or take them again. */
  refuse(isRefusing: boolean): void | Promise<void>;
  readonly inbound: InboundStage;
  close(): Promise<void>;
}

/** What a kind of connection has, so that nothing is tested that it has not. */
export interface CrmTraits {
  /** It is called over HTTP. */
  readonly isCalled: boolean;
  /** An answer 200 whose body is an error; absent where the status says all. */
  readonly errorInBody?: string;
  /** An answer that means "never as it is"; absent where there is none. */
  readonly rejection?: VendorFault;
  readonly hasWebhooks: boolean;
  /** Its deals can be asked for. */
  readonly isAsked: boolean;
  /** Its deals have amounts. */
  readonly hasAmounts: boolean;
}

/** How stages come from a vendor. */
export interface InboundStage {
  /** A deal that people made there, of a person with this e-mail. */
  makeDeal(email: string): string;
  /** The deal that a pushed lead became; null where the vendor makes none. */
  dealOf(leadId: string): string | null;
  /** Changes a deal without telling anybody; the vendor's own names of stages. */
  move(dealId: string, to: 'qualified' | 'won' | 'lost', amount?: string): void;
  /** The vendor's webhook about a deal. */
  tell(dealId: string, manner?: { times?: number; forged?: boolean }): Promise<readonly number[]>;
  /** A verified webhook that is about no deal. */
  tellOther(): Promise<readonly number[]>;
  /** A verified webhook whose body is cut off in the middle. */
  tellTruncated(): Promise<readonly number[]>;
}

let people = 0;

/** An e-mail that nobody had before. */
export function newEmail(): string {
  people += 1;
  return `ana.${people}.${Date.now()}@exemplo.com.br`;
}
