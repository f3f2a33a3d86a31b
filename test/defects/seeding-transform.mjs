// Jest's transformer with one defect: the text of one source file is changed before it is compiled. What is to be changed
// is in the variable CLOUD_IMAGES_DEFECT, as JSON {file, from, to}; the runner has seen that it is there, once.
import swc from '@swc/jest';

const { file, from, to } = JSON.parse(process.env.CLOUD_IMAGES_DEFECT ?? '{"file":"","from":"","to":""}');
const seeded = (source, path) => (file !== '' && path.endsWith(`/${file}`) ? source.replace(from, () => to) : source);

export default {
  createTransformer(options) {
    const inner = swc.createTransformer(options);
    return {
      ...inner,
      process: (source, path, given) => inner.process(seeded(source, path), path, given),
      processAsync: async (source, path, given) => inner.process(seeded(source, path), path, given),
      getCacheKey: (source, path, given) => inner.getCacheKey(seeded(source, path), path, given),
    };
  },
};
