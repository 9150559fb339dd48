"""Names of tools are names: met as they are written and with their words together, under the spellings people use."""

from __future__ import annotations

import pytest
from ebsv.judge_builders import TODAY, cv, experience, role

from cvsense_async.sandbox.ebsv import classify
from cvsense_async.sandbox.ebsv.document import Month
from cvsense_async.sandbox.ebsv.engine import Classification

CLAIMED, EVIDENCED, MISSING = Classification.CLAIMED, Classification.EVIDENCED, Classification.MISSING


def verdict(skill: str, line: str) -> Classification:
    """The verdict on one skill of a CV with one line more in a dated role."""
    document = cv(experience(role("Clerk", Month(2010, 1), Month(2011, 1), [line])), work=("Answered the door.",))
    return classify(document, [skill], today=TODAY)[0].classification


LOOKALIKES = [
    ("React", "Reacted to alarms on three lines."), ("React", "Trained crews to react to spills."), ("React", "Checked that resins react fully."),
    ("SAP", "Tapped sap from 200 maples."), ("SAP", "The heat sapped the strength of the crew, so I moved shifts."),
    ("Angular", "Machined angular brackets for a crane."), ("Agile", "Stayed agile when orders changed."), ("Agile", "Rode agile horses at shows."),
    ("Machine learning", "Repaired the machine; learning aids were filed by me."), ("Machine learning", "Ran a machine for learning knots."),
    ("Machine learning", "Learned to set up a milling machine."), ("Spring", "Planned stock for the spring season."), ("Spring", "Spring sales rose by 9 %."),
    ("Spring Boot", "Ran a car boot sale in spring."), ("Go", "Helped pensioners go online."), ("Go", "Was the go-to person for keys."),
    ("Swift", "Known for a swift response to calls."), ("Rust", "Removed rust from 40 hulls."), ("Excel", "Helped pupils excel at maths."),
    ("Word", "Won clients by word of mouth."), ("Access", "Controlled access to the vault."), ("Oracle", "Called the oracle of the team by clients."),
    ("Puppet", "Staged a puppet show for 60 children."), ("Scrum", "Pushed through a scrum of people at the gate."), ("Chef", "Worked as a chef for a hotel."),
    ("Docker", "Docked 30 ferries a week."), ("Docker", "Docking of vessels in rough weather."), ("Kafka", "Kept the library's shelves in order."),
    ("Node.js", "Mapped every node of the drainage network."), ("Node.js", "Examined lymph nodes."), ("Ruby on Rails", "Welded rails for the tram."),
    ("Vault", "Guarded the vault at night."), ("Flask", "Washed each flask after the assay."), ("Pandas", "Cared for two pandas at a zoo."),
    ("Looker", "Looked after nine clients."), ("Airflow", "Measured air flow in the ducts."), ("Airflow", "Improved airflow through the barn."),
    ("Snowflake", "Cut a paper snowflake for each window."), ("Salesforce", "Trained a sales force of 14."), ("Render", "Rendered walls and floors."),
    ("Tableau", "Posed a tableau vivant for the fair."), ("Bootstrap", "Bootstrapped a bakery with £900."), ("Segment", "Segmented the mailing list by age."),
    ("Lean", "Cut lean meat to order."), ("Power BI", "Restored power, bit by bit."), ("Unity", "Restored unity among the staff."),
    ("REST API", "Gave patients rest after surgery."), ("Helm", "Took the helm of a club of 90."), ("Elastic", "Sewed elastic into 300 masks."),
    ("Selenium", "Dosed selenium in cattle feed."), ("Flutter", "Felt flags flutter and fixed their ropes."), ("Retool", "Retooled the press in a day."),
    ("Fastly", "Fast and friendly till service."), ("Jest", "Answered complaints in jest."), ("Cypress", "Planted cypress along the drive."),
    ("Less", "Sent less paper to the dump."), ("SQL Server", "Was a server in a bar that used MySQL at the till."), ("Notion", "Rejected the notion of overtime."),
    ("Slack", "Took up the slack when colleagues were ill."), ("Spark", "Changed a spark plug each week."), ("JavaScript", "Measured angular play in bearings."),
]  # fmt: skip


@pytest.mark.parametrize(("skill", "line"), LOOKALIKES)
def test_what_looks_like_a_name_is_none(skill: str, line: str) -> None:
    """An everyday word, another form of a word, and words of a name that stand apart show no tool."""
    assert verdict(skill, line) is MISSING


AS_WRITTEN = [
    ("React", "Built React components for the shop."), ("React", "Wrote the till in react."), ("React", "Moved screens to ReactJS."), ("React.js", "Moved screens to React."),
    ("SAP", "Kept stock in SAP."), ("SAP", "SAP reports for two plants, monthly."), ("Angular", "Wrote an Angular app."), ("AngularJS", "Wrote an Angular app."),
    ("Agile", "Led an agile team."), ("Agile", "Worked in Agile sprints."), ("Agile", "Worked with scrum and agile methods."), ("Machine learning", "Taught machine learning."),
    ("Machine learning", "Applied machine-learning models to claims."), ("Machine learning", "Built ML models for claims."), ("ML", "Built machine learning models."),
    ("Go", "Wrote gateways in Golang."), ("Golang", "Wrote gateways in Go."), ("Node.js", "Wrote gateways in Node."), ("Node", "Wrote gateways in Node.js."),
    ("scikit-learn", "Fitted models with sklearn."), ("sklearn", "Fitted models with scikit-learn."), ("Ruby on Rails", "Kept a Rails shop running."), ("Rails", "Kept a Ruby on Rails shop running."),
    ("Power BI", "Built PowerBI reports."), ("PowerBI", "Built Power BI reports."), ("REST APIs", "Designed RESTful endpoints."), ("RESTful APIs", "Wrote a REST API for partners."),
    ("Spark", "Ran PySpark jobs nightly."), ("PySpark", "Ran PySpark jobs nightly."), ("HTML5", "Wrote HTML pages."), ("HTML", "Wrote HTML5 pages."), ("CSS3", "Wrote CSS for the shop."),
    ("DevOps", "Joined the dev ops team as engineer on call."), ("DevOps", "Built Dev-Ops pipelines."), ("Vue.js", "Built screens in Vue 3."), ("Vue 3", "Built screens in Vue.js."), ("VueJS", "Built screens in Vue."),
    ("Python 3", "Wrote scripts in Python."), ("Python", "Wrote scripts in Python3."), ("Kubernetes", "Ran k8s clusters."), ("PostgreSQL", "Tuned Postgres for 3 TB."),
    ("Next.js", "Built the shop in NextJS."), ("WebSockets", "Wrote a WebSocket server."), ("Apache Kafka", "Moved orders over Kafka."), ("Kafka", "Moved orders over Apache Kafka."),
    ("Salesforce", "Kept leads in Salesforce."), ("Airflow", "Scheduled jobs in Airflow."), ("Snowflake", "Moved reports to Snowflake."), ("Excel", "Built excel spreadsheets."),
    ("QuickBooks", "Kept the books in Quick Books."), ("project management", "Managed projects for two councils."), ("data analysis", "Analysed the data of nine wards."),
]  # fmt: skip


@pytest.mark.parametrize(("skill", "line"), AS_WRITTEN)
def test_a_name_is_met_under_the_spellings_people_use(skill: str, line: str) -> None:
    """Versions, ".js", spaces, hyphens, "Py" and other names lead to the same tool, and prose still meets prose."""
    assert verdict(skill, line) is EVIDENCED


def test_a_family_holds_one_way_where_the_longer_name_says_more() -> None:
    """Work with PySpark is work with Spark; Spark alone shows no PySpark, and React no React Native."""
    assert verdict("PySpark", "Ran Spark jobs in Scala.") is not EVIDENCED
    assert verdict("React Native", "Built React screens.") is not EVIDENCED
    assert verdict("React", "Built React Native screens.") is EVIDENCED
