import 'reflect-metadata';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { readSetting, UnusableSetting, type Environment } from './read-setting.js';

const prefix = 'CLOUD_IMAGES_';

/** Every problem of an environment at once. Messages name variables and rules, never values: some are secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`the configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** `listenPort` is read from `CLOUD_IMAGES_LISTEN_PORT`; `otelSdkDisabled` from the name that OpenTelemetry gave it. */
export const variableOf = (property: string): string => {
  const name = property.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return name.startsWith('OTEL_') ? name : prefix + name;
};

/**
 * Reads the properties that carry a class-validator decorator from the environment, by their declared type (string,
 * number, boolean, or a comma-separated array of strings). A variable that is unset or empty leaves the default; one
 * whose name ends in `_FILE` names a file that holds the value, which is how secrets stay out of the environment.
 * The result is frozen.
 */
export function loadConfig<Config extends object>(ConfigClass: new () => Config, env: Environment): Readonly<Config> {
  const config = new ConfigClass();
  const problems: string[] = [];
  const unusable = new Set<string>();
  const properties = propertiesOf(ConfigClass);
  const variables = new Set([...properties].map(variableOf));
  for (const property of properties) {
    try {
      const text = readSetting(variableOf(property), env, variables);
      if (text === undefined) continue;
      const type: unknown = Reflect.getMetadata('design:type', ConfigClass.prototype, property);
      const value = converted(text, type);
      if (value === undefined) throw new UnusableSetting(`${variableOf(property)} must be ${expectation(type)}`);
      (config as Record<string, unknown>)[property] = value;
    } catch (error) {
      if (!(error instanceof UnusableSetting)) throw error;
      problems.push(error.message);
      unusable.add(property);
    }
  }
  for (const error of validateSync(config)) {
    if (!unusable.has(error.property)) problems.push(...problemsOf(error));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function propertiesOf(ConfigClass: new () => object): Set<string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(ConfigClass, '', true, false);
  return new Set(rules.map((rule) => rule.propertyName));
}

function converted(text: string, type: unknown): unknown {
  if (type === Number) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (type === Boolean) return { true: true, '1': true, false: false, '0': false }[text.toLowerCase()];
  if (type === Array) {
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
  return text;
}

const expectation = (type: unknown): string => (type === Number ? 'a number' : 'true or false');

function problemsOf(error: ValidationError): string[] {
  const name = variableOf(error.property);
  if (error.value === undefined) return [`${name} is not set`];
  return Object.values(error.constraints ?? {}).map((rule) => `${name}${rule.replace(error.property, '')}`);
}
