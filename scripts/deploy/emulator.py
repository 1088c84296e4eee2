"""MiniStack, with the batch calls of SQS authorized as on AWS: by sqs:SendMessage; IAM knows no sqs:SendMessageBatch.
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html"""

from ministack import app
from ministack.core import iam_actions

extract_iam_action = iam_actions.extract_iam_action


def extract_iam_action_as_aws(*args):
    action = extract_iam_action(*args)
    return action.removesuffix("Batch") if action and action.startswith("sqs:") else action


iam_actions.extract_iam_action = extract_iam_action_as_aws
app.main()
