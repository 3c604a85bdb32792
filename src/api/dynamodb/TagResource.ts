import type { TagResourceInput } from '@aws-sdk/client-dynamodb';
import { validationError } from '../../foundation/errors.ts';
import { parseTags } from '../../tables/parse-tags.ts';
import { TAG_MESSAGES } from '../../tables/tag-messages.ts';
import type { Operation } from '../operation.ts';
import { changeTagsOf, validateTaggedArn } from '../tagged-table.ts';

/** Adds tags to a table, or gives them other values: all of them or none. Source: API reference, TagResource. */
export const TagResource: Operation<TagResourceInput> = {
  name: 'TagResource',

  async run(context, { ResourceArn: arn = '', Tags: tags = [] }) {
    validateTaggedArn(context, arn);
    if (tags.length === 0) throw validationError(TAG_MESSAGES.none);
    await changeTagsOf(context, arn, { put: parseTags(tags), removedKeys: [] });
    return {};
  },
};
