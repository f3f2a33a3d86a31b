import { IsInt, IsString, Min, ValidateBy } from 'class-validator';

type Constructor = abstract new (...args: any[]) => object;

/** What a project may have; `Infinity` is no limit. */
export interface ProjectLimits {
  /** Those whose deletion is pending included. */
  readonly images: number;
  /** Of all its image data, what is being uploaded included. */
  readonly bytes: number;
  readonly uploads: number;
  /** Of the data of one image. */
  readonly image_bytes: number;
  /** Of one image, as the three below. */
  readonly members: number;
  readonly properties: number;
  readonly tags: number;
}

export type LimitName = keyof ProjectLimits;
export type LimitsOf = (project: string | null) => ProjectLimits;

const names: readonly LimitName[] = ['images', 'bytes', 'uploads', 'image_bytes', 'members', 'properties', 'tags'];

const IsProjectQuotas = () =>
  ValidateBy({
    name: 'isProjectQuotas',
    validator: {
      validate: (text: unknown) => problemOf(String(text)) === null,
      defaultMessage: (args) => `$property ${problemOf(String(args?.value))}`,
    },
  });

/** The limits of projects as settings: one for all by each name, and what differs for single projects. −1 is no limit. */
export function withQuotas<Base extends Constructor>(BaseConfig: Base) {
  abstract class QuotaConfig extends BaseConfig {
    @IsInt()
    @Min(-1)
    quotaImages: number = -1;

    @IsInt()
    @Min(-1)
    quotaBytes: number = -1;

    @IsInt()
    @Min(-1)
    quotaUploads: number = -1;

    @IsInt()
    @Min(-1)
    quotaMembers: number = 128;

    @IsInt()
    @Min(-1)
    quotaProperties: number = 128;

    @IsInt()
    @Min(-1)
    quotaTags: number = 128;

    /** JSON by project id: `{"0f6d…": {"images": 500, "image_bytes": -1}}`. */
    @IsString()
    @IsProjectQuotas()
    projectQuotas: string = '{}';

    /** `imageBytes`: the largest image where a project has no limit of its own. */
    limits(imageBytes: number): LimitsOf {
      const all: ProjectLimits = {
        images: orNone(this.quotaImages),
        bytes: orNone(this.quotaBytes),
        uploads: orNone(this.quotaUploads),
        image_bytes: imageBytes,
        members: orNone(this.quotaMembers),
        properties: orNone(this.quotaProperties),
        tags: orNone(this.quotaTags),
      };
      const given = Object.entries(JSON.parse(this.projectQuotas) as Record<string, Partial<ProjectLimits>>);
      const own = new Map(given.map(([project, some]) => [project, { ...all, ...withoutMinus(some) }]));
      return own.size === 0 ? () => all : (project) => (project === null ? all : (own.get(project) ?? all));
    }

    /** Whether any project's use of this is limited. */
    isLimited(name: LimitName): boolean {
      const given = Object.values(JSON.parse(this.projectQuotas) as Record<string, Partial<ProjectLimits>>);
      return this.limits(Infinity)(null)[name] !== Infinity || given.some((some) => (some[name] ?? -1) >= 0);
    }
  }
  return QuotaConfig;
}

const orNone = (value: number): number => (value < 0 ? Infinity : value);

const withoutMinus = (some: Partial<ProjectLimits>): Partial<ProjectLimits> =>
  Object.fromEntries(Object.entries(some).map(([name, value]) => [name, orNone(value)]));

function problemOf(text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'must be JSON';
  }
  if (!isMap(value)) return 'must be a JSON object of projects';
  for (const limits of Object.values(value)) {
    if (!isMap(limits)) return 'must have an object of limits for each project';
    for (const [name, limit] of Object.entries(limits)) {
      if (!names.includes(name as LimitName)) return `knows the limits ${names.join(', ')}, and no other`;
      if (!Number.isSafeInteger(limit) || (limit as number) < -1) return `must have whole numbers from -1 on`;
    }
  }
  return null;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
