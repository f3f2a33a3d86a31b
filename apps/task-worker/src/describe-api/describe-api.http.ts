import { Controller, Get } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import { OnlyVia } from '@cloud-images/service-kit';
import { taskSchema, tasksSchema } from '../task/task-schema.js';

const { properties } = taskSchema;
const { expires_at: _sometimes, ...always } = properties;
const stub = tasksSchema.properties.tasks.items.properties;
const schemas = {
  Task: { type: 'object', properties, required: Object.keys(always) },
  Tasks: {
    type: 'object',
    required: ['tasks', 'first', 'schema'],
    properties: { ...tasksSchema.properties, tasks: { type: 'array', items: { type: 'object', properties: stub } } },
  },
  ImageTasks: {
    type: 'object',
    required: ['tasks'],
    properties: { tasks: { type: 'array', items: { type: 'object', properties } } },
  },
  NewImport: {
    type: 'object',
    required: ['method'],
    properties: {
      method: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { enum: ['glance-direct', 'web-download'] },
          uri: { type: 'string', description: 'web-download: http or https' },
        },
      },
    },
  },
  NewTask: {
    type: 'object',
    required: ['type', 'input'],
    properties: {
      type: { enum: ['import', 'export'] },
      input: {
        type: 'object',
        description:
          'import: import_from (container/object) and image_properties (name); ' +
          'export: image_uuid and receiving_swift_container',
      },
    },
  },
};

/** The schemas of what the task-worker takes and gives, for the one document that the gateway serves of the whole API. */
@Controller()
export class DescribeApi {
  @Get('internal/api-schemas')
  @OnlyVia(...servicePolicy.describe_api)
  describe(): object {
    return schemas;
  }
}
