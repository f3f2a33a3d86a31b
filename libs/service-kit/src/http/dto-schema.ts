import 'reflect-metadata';
import { getMetadataStorage } from 'class-validator';

/** JSON Schema (2020-12) of a body, from the very rules of class-validator that check it. */
export interface DtoSchema {
  readonly type: 'object';
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
}

type Rule = (constraints: readonly unknown[]) => object;

const rules: Readonly<Record<string, Rule>> = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isBoolean: () => ({ type: 'boolean' }),
  isObject: () => ({ type: 'object' }),
  isLength: ([minLength, maxLength]) => ({ minLength, maxLength }),
  maxLength: ([maxLength]) => ({ maxLength }),
  min: ([minimum]) => ({ minimum }),
  max: ([maximum]) => ({ maximum }),
  matches: ([pattern]) => ({ pattern: (pattern as RegExp).source }),
  isIn: ([values]) => ({ enum: values }),
};

/** Throws for a rule that has no words in JSON Schema here: a document must not say less than what is checked. */
export function dtoSchema(Dto: new () => object): DtoSchema {
  const properties: Record<string, object> = {};
  const optional = new Set<string>();
  for (const { propertyName, name, type, constraints } of getMetadataStorage().getTargetValidationMetadatas(
    Dto,
    '',
    true,
    false,
  )) {
    if (type === 'conditionalValidation') {
      optional.add(propertyName);
      continue;
    }
    const rule = rules[name ?? ''];
    if (rule === undefined) throw new Error(`${Dto.name}.${propertyName}: ${name ?? type} is not known to dtoSchema`);
    properties[propertyName] = { ...properties[propertyName], ...rule(constraints ?? []) };
  }
  return { type: 'object', required: Object.keys(properties).filter((name) => !optional.has(name)), properties };
}
