import { Refusal } from '@cloud-images/contracts';
import { compressionHeadBytes, compressionOf, ContentInspector, judge, type Verdict } from '@cloud-images/disk-formats';

/** What the data has to be. */
export interface ContentRule {
  /** The image's. */
  readonly disk_format: string;
  /** What to do with data of another format. Dangerous data is refused always. */
  readonly check: 'refuse' | 'record';
  /** bytes */
  readonly max_virtual_size: number;
  /** Compressed data is taken as what it is: whoever decompresses it looks at what is in it. */
  readonly may_be_compressed?: boolean;
}

export interface KnownContent {
  /** bytes; null when it is not known. */
  readonly virtual_size: number | null;
  /** What the data was recognised as; null when nobody looked. */
  readonly content_format: string | null;
}

const unknown: KnownContent = { virtual_size: null, content_format: null };

/** Looks at data as it passes. Throws a `Refusal` (`content-mismatch`, `content-dangerous`) as soon as it is certain. */
export class ContentCheck {
  readonly #inspector = new ContentInspector();
  #head = Buffer.alloc(0);

  constructor(private readonly rule: ContentRule) {}

  see(chunk: Buffer): void {
    if (this.#isCompressed(chunk)) return;
    if (this.#inspector.see(chunk)) this.#refuse(this.#verdict());
  }

  /** The data has ended. No data at all is of every format. */
  conclude(): KnownContent {
    const compression = this.rule.may_be_compressed ? compressionOf(this.#head) : null;
    if (compression !== null) return { virtual_size: null, content_format: compression };
    const { size } = this.#inspector.finish();
    if (size === 0) return unknown;
    const verdict = this.#verdict();
    this.#refuse(verdict);
    if (!verdict) return unknown;
    const virtualSize = verdict.kind === 'match' ? verdict.virtualSize : this.rule.disk_format === 'raw' ? size : null;
    return { virtual_size: virtualSize, content_format: verdict.format };
  }

  #isCompressed(chunk: Buffer): boolean {
    if (!this.rule.may_be_compressed) return false;
    const missing = compressionHeadBytes - this.#head.length;
    if (missing > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, missing)]);
    return compressionOf(this.#head) !== null;
  }

  #verdict(): Verdict | null {
    const { disk_format: diskFormat, max_virtual_size: maxVirtualSize } = this.rule;
    return judge(this.#inspector.soFar, { diskFormat, maxVirtualSize });
  }

  #refuse(verdict: Verdict | null): void {
    if (verdict?.kind === 'dangerous') throw new Refusal('content-dangerous', verdict.says);
    if (verdict?.kind === 'mismatch' && this.rule.check === 'refuse')
      throw new Refusal('content-mismatch', verdict.says);
  }
}

/** Of data that nobody looks into. */
export const notLookedAt = { see: (): void => undefined, conclude: (): KnownContent => unknown };
