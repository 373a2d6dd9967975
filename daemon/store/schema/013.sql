-- Leaves in progress on a day, parked ones left out, for each objective or bucket they
-- count for; of them those that nobody is assigned to.
CREATE TABLE effort_goal (
    day INTEGER NOT NULL,
    goal TEXT NOT NULL,
    in_progress INTEGER NOT NULL,
    unattributed INTEGER NOT NULL,
    PRIMARY KEY (day, goal)
) STRICT, WITHOUT ROWID;
CREATE INDEX effort_goal_of ON effort_goal (goal, day);
