"""Invented CVs as PDF, for benchmarks of the reading and judging of CVs where no folder of real ones is given.

Nobody in them exists. Words come by chance from short lists, so that no two are alike and every run has the same.
"""

from __future__ import annotations

import io
import random

from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

TITLES = ("Data Engineer", "Software Engineer", "Analyst", "Site Manager", "Nurse", "Accountant", "Cook", "Teacher")
WHERE = ("Ferrowick Power, Leeds", "Calderbeck Water, York", "Hollin & Pike, Hull", "Northgate Mutual, Bradford")
TOOLS = (
    "Python",
    "SQL",
    "Airflow",
    "Kafka",
    "Excel",
    "Terraform",
    "Docker",
    "SAP",
    "Tableau",
    "Git",
    "Snowflake",
    "C#",
)
DID = (
    "Built {tool} and {other} pipelines for {many} shops, so that reports are ready at seven instead of at noon.",
    "Led a team of {few} who moved {many} reports from {tool} to {other} without a day of standstill.",
    "Wrote the guide to {tool} that two other teams took over, and reviewed their first {few} projects.",
    "Cut the time of the monthly close from {many} hours to {few} with {tool}, and kept every figure traceable.",
    "Trained {many} colleagues in {tool}; complaints about wrong bills fell by {few} in ten.",
    "Answered for the budget of {few} sites and {many} suppliers, with {tool} and {other}.",
)
JOB = {
    "job_title": "Data engineer",
    "job_description": "You build pipelines.\n\nEssential:\n- 3+ years of Python\n- SQL\n- Experience of Airflow or "
    "Dagster\n- Leading a team\n\nDesirable:\n- Kafka\n- Terraform\n- Experience of Snowflake",
}


def cv(number: int) -> bytes:
    """One CV of two pages or so."""
    chance = random.Random(number)
    style = getSampleStyleSheet()
    flow = [Paragraph(f"Robin Invented-{number}", style["Title"])]
    flow += [Paragraph(f"robin.{number}@example.com · 07700 900{number % 1000:03d}", style["Normal"])]
    flow += [Paragraph("Experience", style["Heading2"])]
    year = 2025
    for _ in range(chance.randint(3, 5)):
        since = year - chance.randint(1, 4)
        flow += [Paragraph(f"{chance.choice(TITLES)}, {chance.choice(WHERE)}", style["Heading3"])]
        flow += [Paragraph(f"March {since} to June {year}", style["Normal"])]
        for _ in range(chance.randint(5, 9)):
            tool, other = chance.sample(TOOLS, 2)
            words = chance.choice(DID).format(
                tool=tool, other=other, many=chance.randint(11, 90), few=chance.randint(2, 9)
            )
            flow += [Paragraph(f"• {words}", style["Normal"])]
        flow += [Spacer(1, 6)]
        year = since
    flow += [
        Paragraph("Education", style["Heading2"]),
        Paragraph(f"BSc Mathematics, {year - 3} to {year}", style["Normal"]),
    ]
    flow += [Paragraph("Skills", style["Heading2"]), Paragraph(", ".join(chance.sample(TOOLS, 8)), style["Normal"])]
    file = io.BytesIO()
    SimpleDocTemplate(file, invariant=True).build(flow)
    return file.getvalue()
