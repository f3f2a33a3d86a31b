import { Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { LimitsOf, ProjectLimits } from '@cloud-images/service-kit';
import { usageOfOwner, usageOfProject, type Usage } from './usage.js';

// Limits of a project hold without a race: who adds to it holds a lock of the project from before the load until the
// commit. Far from its limit the lock is a shared one, and creators do not wait for each other: as many as could be on
// their way at one time can't reach the limit together. Near it they take turns.

const IMAGES_LOCK = 7_216;
const DATA_LOCK = 7_217;

/** Thrown out of a command that must be tried again with the project's creators taking turns. */
class NearLimit extends Error {
  override readonly name = 'NearLimit';
}

/** What a command does for its quota: `before` its load, `assert` when it decides. */
export interface Gate {
  readonly before?: (sql: SqlExecutor) => Promise<void>;
  readonly assert: () => void;
}

const open: Gate = { assert: () => undefined };

export class Quotas {
  /** Projects that were seen near their limit; only ever a shortcut. */
  private readonly near = new Set<string>();

  constructor(
    readonly limitsOf: LimitsOf,
    private readonly limited: {
      /** Of any project. */
      readonly images: boolean;
      /** Bytes or uploads of any project. */
      readonly data: boolean;
    },
    /** Images within which of their limit the creators of a project take turns. */
    private readonly margin: number,
  ) {}

  /** Whether usage is counted at all. */
  get counts(): boolean {
    return this.limited.images || this.limited.data;
  }

  /** Runs a command that adds an image to the project. */
  async withNewImage<T>(project: string | null, run: (gate: Gate) => Promise<T>): Promise<T> {
    const { images: limit } = this.limitsOf(project);
    if (project === null || limit === Infinity) return run(open);
    if (limit <= this.margin || this.near.has(project)) return run(this.imageGate(project, limit, true));
    try {
      return await run(this.imageGate(project, limit, false));
    } catch (error) {
      if (!(error instanceof NearLimit)) throw error;
      if (this.near.size < 10_000) this.near.add(project);
      return run(this.imageGate(project, limit, true));
    }
  }

  private imageGate(project: string, limit: number, exclusive: boolean): Gate {
    let used = 0;
    return {
      before: async (sql) => {
        const locked = sql.query(
          `SELECT pg_advisory_xact_lock${exclusive ? '' : '_shared'}($1, hashtext($2))`,
          [IMAGES_LOCK, project],
          exclusive ? 'quota:lock' : 'quota:lock-shared',
        );
        const [usage] = await Promise.all([usageOfProject(sql, project), locked]);
        used = usage.images;
      },
      assert: () => {
        if (used >= limit) throw exceeded('images', limit, used);
        if (!exclusive && used + this.margin >= limit) throw new NearLimit();
        if (exclusive && used + 2 * this.margin < limit) this.near.delete(project);
      },
    };
  }

  /** For a command that adds data to an image, whose owner is looked up before the load. */
  dataGate(imageId: string): DataGate | null {
    return this.limited.data ? new DataGate(this.limitsOf, imageId) : null;
  }
}

/** What the owner of an image may still store. */
export class DataGate {
  private usage: (Usage & { readonly owner: string | null }) | undefined;

  constructor(
    private readonly limitsOf: LimitsOf,
    private readonly imageId: string,
  ) {}

  readonly before = async (sql: SqlExecutor): Promise<void> => {
    const locked = sql.query(
      `SELECT pg_advisory_xact_lock($1, hashtext(coalesce((SELECT owner FROM images WHERE id = $2), '')))`,
      [DATA_LOCK, this.imageId],
      'quota:lock-owner',
    );
    [this.usage] = await Promise.all([usageOfOwner(sql, this.imageId), locked]);
  };

  /** Throws unless the owner may store `bytes` more, in `uploads` more uploads; returns what it may store then. */
  assert(owner: string | null, { bytes, uploads }: { readonly bytes: number; readonly uploads: number }): Room {
    if (owner === null) return endless;
    // The image was given away between the two looks at it: the lock is not that of its owner.
    if (this.usage?.owner !== owner) throw new Refusal('conflict', 'The image is being changed by others; try again.');
    const limits: ProjectLimits = this.limitsOf(owner);
    if (uploads > 0 && this.usage.uploads + uploads > limits.uploads) {
      throw exceeded('uploads at a time', limits.uploads, this.usage.uploads);
    }
    const tooMany = exceeded('bytes of image data', limits.bytes, this.usage.bytes);
    if (bytes > 0 && this.usage.bytes + bytes > limits.bytes) throw tooMany;
    return { bytes: Math.max(0, limits.bytes - this.usage.bytes - bytes), refusal: tooMany.message };
  }
}

/** What a project may still store, and what whoever sends more is told. */
export interface Room {
  readonly bytes: number;
  readonly refusal: string;
}

export const endless: Room = { bytes: Infinity, refusal: '' };

const exceeded = (what: string, limit: number, used: number): Refusal =>
  new Refusal('quota-exceeded', `The project may have ${limit} ${what}; it has ${used}.`);
