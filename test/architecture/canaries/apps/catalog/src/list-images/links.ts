// canary: nest-at-the-edge
export { Injectable } from '@nestjs/common';
