"""First version: everything from intake to final scorecards, and the append-only ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001_first"
down_revision = None

#: What the database refuses by itself, whoever asks: changes to the ledger, and to what the machine once suggested.
SQLITE_GUARDS = (
    """CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER suggestion_no_update
       BEFORE UPDATE OF suggestion_answer, suggestion_confidence, suggestion_why ON scorecard_criteria
       BEGIN SELECT RAISE(ABORT, 'suggestions are never changed'); END""",
)
POSTGRESQL_GUARDS = (
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger
       FOR EACH ROW EXECUTE FUNCTION refuse_change('the ledger is append-only')""",
    """CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('the ledger is append-only')""",
    """CREATE TRIGGER suggestion_no_update
       BEFORE UPDATE OF suggestion_answer, suggestion_confidence, suggestion_why ON scorecard_criteria
       FOR EACH ROW EXECUTE FUNCTION refuse_change('suggestions are never changed')""",
)


def upgrade() -> None:
    """Make all tables and their guards."""
    op.create_table('agents',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('name', sa.String(), nullable=True),
        sa.Column('team', sa.String(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_agents'))
    )
    op.create_index(op.f('ix_agents_created_at_id'), 'agents', ['created_at', 'id'], unique=False)
    op.create_index(op.f('ix_agents_team_created_at_id'), 'agents', ['team', 'created_at', 'id'], unique=False)
    op.create_table('api_keys',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('sha256', sa.String(), nullable=False),
        sa.Column('role', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
        sa.UniqueConstraint('sha256', name=op.f('uq_api_keys_sha256'))
    )
    op.create_table('batches',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_batches'))
    )
    op.create_index(op.f('ix_batches_created_at_id'), 'batches', ['created_at', 'id'], unique=False)
    op.create_table('idempotency_keys',
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('route', sa.String(), nullable=False),
        sa.Column('request_sha256', sa.String(), nullable=False),
        sa.Column('status', sa.Integer(), nullable=False),
        sa.Column('body', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('key', 'route', name=op.f('pk_idempotency_keys'))
    )
    op.create_index(op.f('ix_idempotency_keys_created_at'), 'idempotency_keys', ['created_at'], unique=False)
    op.create_table('ledger',
        sa.Column('sequence', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor', sa.String(), nullable=False),
        sa.Column('action', sa.String(), nullable=False),
        sa.Column('subject', sa.String(), nullable=False),
        sa.Column('content', sa.String(), nullable=False),
        sa.Column('previous', sa.String(), nullable=False),
        sa.Column('hash', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('sequence', name=op.f('pk_ledger'))
    )
    op.create_index(op.f('ix_ledger_subject_sequence'), 'ledger', ['subject', 'sequence'], unique=False)
    op.create_table('recordings',
        sa.Column('sha256', sa.String(), nullable=False),
        sa.Column('file_name', sa.String(), nullable=False),
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('duration_ms', sa.BigInteger(), nullable=False),
        sa.Column('sample_rate', sa.Integer(), nullable=False),
        sa.Column('channels', sa.Integer(), nullable=False),
        sa.Column('codec', sa.String(), nullable=False),
        sa.Column('channel_map', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('sha256', name=op.f('pk_recordings'))
    )
    op.create_table('rubrics',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('fingerprint', sa.String(), nullable=False),
        sa.Column('channel', sa.String(), nullable=False),
        sa.Column('data', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('id', 'version', name=op.f('pk_rubrics')),
        sa.UniqueConstraint('fingerprint', name=op.f('uq_rubrics_fingerprint'))
    )
    op.create_index(op.f('ix_rubrics_channel_active'), 'rubrics', ['channel', 'active'], unique=False)
    op.create_table('interactions',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('channel', sa.String(), nullable=False),
        sa.Column('direction', sa.String(), nullable=False),
        sa.Column('language', sa.String(), nullable=True),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('agent_id', sa.String(), nullable=True),
        sa.Column('agent_name', sa.String(), nullable=True),
        sa.Column('agent_team', sa.String(), nullable=True),
        sa.Column('customer_id', sa.String(), nullable=True),
        sa.Column('queue', sa.String(), nullable=True),
        sa.Column('wait_seconds', sa.Float(), nullable=True),
        sa.Column('csat', sa.Float(), nullable=True),
        sa.Column('csat_scale', sa.Integer(), nullable=True),
        sa.Column('subject', sa.String(), nullable=True),
        sa.Column('metadata_json', sa.String(), nullable=False),
        sa.Column('content_sha256', sa.String(), nullable=False),
        sa.Column('source_name', sa.String(), nullable=True),
        sa.Column('recording_sha256', sa.String(), nullable=True),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('error', sa.String(), nullable=True),
        sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_interactions_agent_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_interactions')),
        sa.UniqueConstraint('content_sha256', name=op.f('uq_interactions_content_sha256'))
    )
    op.create_index(op.f('ix_interactions_agent_id_received_at_id'), 'interactions', ['agent_id', 'received_at', 'id'], unique=False)
    op.create_index(op.f('ix_interactions_channel_received_at_id'), 'interactions', ['channel', 'received_at', 'id'], unique=False)
    op.create_index(op.f('ix_interactions_customer_id'), 'interactions', ['customer_id'], unique=False)
    op.create_index(op.f('ix_interactions_happened_at'), 'interactions', ['happened_at'], unique=False)
    op.create_index(op.f('ix_interactions_queue'), 'interactions', ['queue'], unique=False)
    op.create_index(op.f('ix_interactions_received_at_id'), 'interactions', ['received_at', 'id'], unique=False)
    op.create_index(op.f('ix_interactions_recording_sha256'), 'interactions', ['recording_sha256'], unique=False)
    op.create_index(op.f('ix_interactions_state_received_at_id'), 'interactions', ['state', 'received_at', 'id'], unique=False)
    op.create_table('jobs',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('interaction_id', sa.String(), nullable=True),
        sa.Column('batch_id', sa.String(), nullable=True),
        sa.Column('options', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('step', sa.String(), nullable=True),
        sa.Column('error', sa.String(), nullable=True),
        sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_jobs_batch_id')),
        sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_jobs_interaction_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs'))
    )
    op.create_index(op.f('ix_jobs_batch_id'), 'jobs', ['batch_id'], unique=False)
    op.create_index(op.f('ix_jobs_created_at_id'), 'jobs', ['created_at', 'id'], unique=False)
    op.create_index(op.f('ix_jobs_interaction_id'), 'jobs', ['interaction_id'], unique=False)
    op.create_index(op.f('ix_jobs_state_created_at_id'), 'jobs', ['state', 'created_at', 'id'], unique=False)
    op.create_table('scorecards',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('interaction_id', sa.String(), nullable=False),
        sa.Column('channel', sa.String(), nullable=False),
        sa.Column('agent_id', sa.String(), nullable=True),
        sa.Column('team', sa.String(), nullable=True),
        sa.Column('language', sa.String(), nullable=True),
        sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('rubric_id', sa.String(), nullable=False),
        sa.Column('rubric_version', sa.Integer(), nullable=False),
        sa.Column('rubric_fingerprint', sa.String(), nullable=False),
        sa.Column('engine_speech', sa.String(), nullable=False),
        sa.Column('engine_analysis', sa.String(), nullable=False),
        sa.Column('status', sa.String(), nullable=False),
        sa.Column('score', sa.BigInteger(), nullable=True),
        sa.Column('raw_score', sa.BigInteger(), nullable=True),
        sa.Column('passed', sa.Boolean(), nullable=True),
        sa.Column('undecided', sa.Integer(), nullable=False),
        sa.Column('critical_misses', sa.String(), nullable=False),
        sa.Column('sections', sa.String(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('reviewer', sa.String(), nullable=True),
        sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('claim_expires_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('finalized_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('is_latest', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_scorecards_interaction_id')),
        sa.ForeignKeyConstraint(['rubric_fingerprint'], ['rubrics.fingerprint'], name=op.f('fk_scorecards_rubric_fingerprint')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_scorecards')),
        sa.UniqueConstraint('interaction_id', 'rubric_fingerprint', 'engine_speech', 'engine_analysis', name='uq_scorecards_made_by')
    )
    op.create_index(op.f('ix_scorecards_agent_id_status_happened_at'), 'scorecards', ['agent_id', 'status', 'happened_at'], unique=False)
    op.create_index(op.f('ix_scorecards_channel_status_created_at'), 'scorecards', ['channel', 'status', 'created_at'], unique=False)
    op.create_index(op.f('ix_scorecards_created_at_id'), 'scorecards', ['created_at', 'id'], unique=False)
    op.create_index(op.f('ix_scorecards_reviewer_status'), 'scorecards', ['reviewer', 'status'], unique=False)
    op.create_index(op.f('ix_scorecards_team_status_happened_at'), 'scorecards', ['team', 'status', 'happened_at'], unique=False)
    op.create_index('uq_scorecards_latest', 'scorecards', ['interaction_id', 'rubric_id'], unique=True, sqlite_where=sa.text('is_latest'), postgresql_where=sa.text('is_latest'))
    op.create_table('signal_sets',
        sa.Column('interaction_id', sa.String(), nullable=False),
        sa.Column('analysis', sa.String(), nullable=False),
        sa.Column('data', sa.String(), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_signal_sets_interaction_id')),
        sa.PrimaryKeyConstraint('interaction_id', 'analysis', name=op.f('pk_signal_sets'))
    )
    op.create_table('transcripts',
        sa.Column('interaction_id', sa.String(), nullable=False),
        sa.Column('engine', sa.String(), nullable=False),
        sa.Column('language', sa.String(), nullable=True),
        sa.Column('language_confidence', sa.Float(), nullable=False),
        sa.Column('duration_ms', sa.BigInteger(), nullable=True),
        sa.Column('speakers_known', sa.Boolean(), nullable=False),
        sa.Column('turns', sa.String(), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_transcripts_interaction_id')),
        sa.PrimaryKeyConstraint('interaction_id', 'engine', name=op.f('pk_transcripts'))
    )
    op.create_table('batch_items',
        sa.Column('batch_id', sa.String(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('file', sa.String(), nullable=False),
        sa.Column('interaction_id', sa.String(), nullable=True),
        sa.Column('job_id', sa.String(), nullable=True),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('error', sa.String(), nullable=True),
        sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_batch_items_batch_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_batch_items_interaction_id')),
        sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], name=op.f('fk_batch_items_job_id')),
        sa.PrimaryKeyConstraint('batch_id', 'position', name=op.f('pk_batch_items'))
    )
    op.create_index(op.f('ix_batch_items_batch_id_state'), 'batch_items', ['batch_id', 'state'], unique=False)
    op.create_table('scorecard_criteria',
        sa.Column('scorecard_id', sa.String(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('criterion_id', sa.String(), nullable=False),
        sa.Column('section_id', sa.String(), nullable=False),
        sa.Column('weight', sa.BigInteger(), nullable=False),
        sa.Column('severity', sa.String(), nullable=False),
        sa.Column('skill', sa.String(), nullable=True),
        sa.Column('points', sa.BigInteger(), nullable=True),
        sa.Column('suggestion_answer', sa.String(), nullable=True),
        sa.Column('suggestion_confidence', sa.Float(), nullable=True),
        sa.Column('suggestion_why', sa.String(), nullable=True),
        sa.Column('suggestion_evidence', sa.String(), nullable=False),
        sa.Column('answer', sa.String(), nullable=True),
        sa.Column('answered_by', sa.String(), nullable=True),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('reason', sa.String(), nullable=True),
        sa.Column('answer_evidence', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['scorecard_id'], ['scorecards.id'], name=op.f('fk_scorecard_criteria_scorecard_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('scorecard_id', 'position', name=op.f('pk_scorecard_criteria'))
    )
    op.create_index(op.f('ix_scorecard_criteria_criterion_id_scorecard_id'), 'scorecard_criteria', ['criterion_id', 'scorecard_id'], unique=False)
    for guard in POSTGRESQL_GUARDS if op.get_bind().dialect.name == "postgresql" else SQLITE_GUARDS:
        op.execute(guard)
