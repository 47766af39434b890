"""${message}"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
import app.db

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
