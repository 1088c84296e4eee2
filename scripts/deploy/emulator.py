"""MiniStack, two things as on AWS: the batch calls of SQS are authorized by sqs:SendMessage, since IAM knows no
sqs:SendMessageBatch, and a CORS configuration that came by CloudFormation, whose keys begin with capitals, is heeded.
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html"""

from ministack import app
from ministack.core import iam_actions
from ministack.services import apigateway

extract_iam_action = iam_actions.extract_iam_action


def extract_iam_action_as_aws(*args):
    action = extract_iam_action(*args)
    return action.removesuffix("Batch") if action and action.startswith("sqs:") else action


def reading_capitals(answer):
    return lambda cors, origin: answer({key[0].lower() + key[1:]: cors[key] for key in cors}, origin)


iam_actions.extract_iam_action = extract_iam_action_as_aws
apigateway._cors_response_headers = reading_capitals(apigateway._cors_response_headers)
apigateway._cors_preflight_response = reading_capitals(apigateway._cors_preflight_response)
app.main()
