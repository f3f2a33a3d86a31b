import { Controller, Get } from '@nestjs/common';
import { taskSchema as task, tasksSchema as tasks } from '../task/task-schema.js';

@Controller()
export class ShowSchema {
  @Get('v2/schemas/task')
  ofTask() {
    return task;
  }

  @Get('v2/schemas/tasks')
  ofTasks() {
    return tasks;
  }
}
