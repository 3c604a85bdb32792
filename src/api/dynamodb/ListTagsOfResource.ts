import type { ListTagsOfResourceInput } from '@aws-sdk/client-dynamodb';
import { validationError } from '../../foundation/errors.ts';
import { TAG_MESSAGES } from '../../tables/tag-messages.ts';
import { decodeTags, tagsKey } from '../../tables/tags.ts';
import type { Operation } from '../operation.ts';
import { findTaggedTable } from '../tagged-table.ts';

/**
 * Lists the tags of a table. A page holds as many as a table can have, so that no NextToken is ever given out; nor does
 * the service give one for 50 tags. Source: API reference, ListTagsOfResource, and public records of the service.
 */
export const ListTagsOfResource: Operation<ListTagsOfResourceInput> = {
  name: 'ListTagsOfResource',

  async run(context, { ResourceArn: arn = '', NextToken: token }) {
    const { id } = await findTaggedTable(context, arn);
    if (token !== undefined) throw validationError(TAG_MESSAGES.unknownToken);
    const { space, key } = tagsKey(id);
    const tags = decodeTags(await context.engine.get(space, key));
    return { Tags: tags.map((tag) => ({ Key: tag.key, Value: tag.value })) };
  },
};
