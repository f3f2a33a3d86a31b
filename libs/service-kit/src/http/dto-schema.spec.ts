import { IsEmail, IsIn, IsInt, IsObject, IsOptional, IsString, Length, Matches, Min } from 'class-validator';
import { dtoSchema } from './dto-schema.js';

class Body {
  @IsString()
  @Length(1, 255)
  @Matches(/^[a-z]*$/)
  name!: string;

  @IsIn(['a', 'b'])
  kind!: string;

  @IsOptional()
  @IsInt()
  @Min(0)
  size?: number;

  @IsOptional()
  @IsObject()
  more?: object;
}

class Unknown {
  @IsEmail()
  address!: string;
}

describe('the schema of a body', () => {
  it('says what class-validator checks', () => {
    expect(dtoSchema(Body)).toEqual({
      type: 'object',
      required: ['name', 'kind'],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[a-z]*$' },
        kind: { enum: ['a', 'b'] },
        size: { type: 'integer', minimum: 0 },
        more: { type: 'object' },
      },
    });
  });

  it('refuses to leave a rule out', () => {
    expect(() => dtoSchema(Unknown)).toThrow(/isEmail/);
  });
});
