import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, toFailure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { isThere } from '../compose/is-there.ts';
import { openLedgerThreads } from '../compose/server.ts';
import type { Config } from '../config/config.ts';
import { createRuntimeEventTaker } from './evidence/runtime-events.ts';
import type { LogEntry } from './log.ts';
import { openTeam, type TeamOptions } from './open-team.ts';
import type { TeamParts } from './team-parts.ts';

interface OpenTenant {
  readonly parts: TeamParts;
  readonly close: () => Promise<void>;
}

export interface TenantPorts {
  /** The folder with a folder for each tenant. */
  readonly folder: string;
  /** Rejects with a Failure. */
  readonly open: (name: string) => Promise<OpenTenant>;
  readonly log: (entry: LogEntry) => void;
}

/** The other tenants of a server, each opened at its first request. */
export class Tenants {
  readonly #ports: TenantPorts;
  readonly #open = new Map<string, Promise<OpenTenant>>();

  constructor(ports: TenantPorts) {
    this.#ports = ports;
  }

  /** Those that were here before: their inboxes and standing questions go on. */
  start(): void {
    const { folder, log } = this.#ports;
    if (!isThere(folder)) return;
    for (const name of readdirSync(folder).sort())
      this.find(name).catch((thrown: unknown) => {
        const { code, message } = toFailure(thrown);
        log({ level: 'error', event: 'tenant-not-open', code, message: toOneLine(message) });
      });
  }

  /** Rejects with a Failure. */
  async find(name: string): Promise<TeamParts> {
    const known = this.#open.get(name);
    if (known !== undefined) return (await known).parts;
    // mutant tenants-without-end by server/tenants: condition -> false
    if (this.#open.size >= LIMITS.serverTenantsMax)
      throw new Failure(
        'LIMIT_EXCEEDED',
        `this server has ${LIMITS.serverTenantsMax} tenants already`,
        'Start another replica for the others.',
      );
    const opening = this.#ports.open(name);
    this.#open.set(name, opening);
    try {
      return (await opening).parts;
    } catch (thrown) {
      this.#open.delete(name);
      throw thrown;
    }
  }

  async close(): Promise<void> {
    for (const opening of this.#open.values()) {
      const tenant = await opening.catch(() => null);
      await tenant?.close();
    }
  }
}

/**
 * A tenant has connections that see its rows alone, and an inbox, keys of idempotency and standing
 * questions in a folder of its own: nothing is shared but the process.
 */
export async function openTenant(
  of: Config,
  { issuers: _, ...options }: TeamOptions,
  now: () => Instant,
  name: string,
): Promise<OpenTenant> {
  const home = join(of.home, TENANTS, name);
  const config = { ...of, tenant: name, home, advisories: join(home, 'advisories.db') };
  const ledger = await openLedgerThreads(config, 1);
  try {
    const team = await openTeam(config, options, { ledger, now, arrived: () => undefined });
    const { questions, append } = ledger;
    const { cluster } = config;
    return {
      parts: {
        ...team.parts,
        runtimeEvents: createRuntimeEventTaker({ cluster, questions, append, now }),
      },
      close: async () => {
        await team.close();
        await ledger.close();
      },
    };
  } catch (thrown) {
    await ledger.close();
    throw thrown;
  }
}

/** The folder in the home. */
export const TENANTS = 'tenants';
